"""Labelled features in, heads out: objectives, fitting, calibration, adding classes. Uses PyTorch and scikit-learn."""
