"""Our networks beside the ones they are said to be. `make parity` runs this in an environment of its own."""
