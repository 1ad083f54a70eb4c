"""Where labelled video comes from: datasets as they lie on disk, their splits, and a shop that is rendered."""

from aisle.data.find import Kind, kinds, open_dataset

__all__ = ["Kind", "kinds", "open_dataset"]
