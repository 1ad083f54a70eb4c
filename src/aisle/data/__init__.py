"""Where pictures and labels to learn and to calibrate from come from."""

from aisle.data.rendered import render, render_to, script, textures

__all__ = ["render", "render_to", "script", "textures"]
