"""Stories: what a user of the command line sees, with bad input and bad luck."""
