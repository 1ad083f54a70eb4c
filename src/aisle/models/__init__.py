"""Networks, one per file, each beside its card: `i3d.py` is the network, `i3d.toml` says what it reads and where it
comes from.

Nothing here knows files of video, training or deployment. Importing this package imports no PyTorch; importing a
network's module does.
"""
