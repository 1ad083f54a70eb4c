"""Pictures in, what is in them out: faces, heads, people, and what moves. Knows no file and no runtime.

A detector is one file: a class that is made from `Load`, which opens its published weights, and is then called with
a picture.
"""
