"""The project's own rules, held by tests: imports, errors, documents, what is committed."""
