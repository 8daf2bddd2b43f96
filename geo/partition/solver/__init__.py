"""The search: from a unit graph and wishes to grids. `solve` is the door; the rest is its parts."""
