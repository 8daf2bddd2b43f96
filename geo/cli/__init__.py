"""The command-line door: `geo`."""

from geo.cli.app import main

__all__ = ["main"]
