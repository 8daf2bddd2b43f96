"""Run every benchmark of this folder, one after another: ``make bench``."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def main() -> None:
    """Run the modules by name; each prints its own table."""
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        print(f"\n== benchmarks.{path.stem}", flush=True)
        sys.argv = [path.name]
        runpy.run_module(f"benchmarks.{path.stem}", run_name="__main__")


if __name__ == "__main__":
    main()
