"""What people start: the command line, later the service and its page."""
