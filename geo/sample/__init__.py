"""An invented Chinese district, generated from a seed at any size from 1,000 to 1,000,000 buildings."""

from geo.sample.generate import generate
from geo.sample.spec import SamplePlace, SampleSpec, Table

__all__ = ["SamplePlace", "SampleSpec", "Table", "generate"]
