"""The service: what it remembers, runs, answers and shows."""
