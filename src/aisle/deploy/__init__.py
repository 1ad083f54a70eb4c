"""From published weights to a packaged model, and from a packaged model to a running one.

`build` needs PyTorch; `open_model` and what it runs do not.
"""
