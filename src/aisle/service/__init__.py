"""The service: REST API, jobs, records, keys and the page. A web framework and a database are used here alone."""
