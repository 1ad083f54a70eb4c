"""Vectors in, neighbours out: what is alike in a collection, what to show of it, and what to watch next."""
