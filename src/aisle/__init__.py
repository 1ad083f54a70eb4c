"""Store and security video in, answers out."""
