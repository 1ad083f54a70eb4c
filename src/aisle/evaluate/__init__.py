"""Truth and prediction in, numbers out; needs no model and no video."""
