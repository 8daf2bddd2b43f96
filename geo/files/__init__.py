"""Files of many formats: reads units, plans, places, issues and points; writes layers, plans, tables and texts.

Column names of files stop here: what leaves this room are the frozen values of `geo.model`.
"""

from geo.files.local import LocalFiles

__all__ = ["LocalFiles"]
