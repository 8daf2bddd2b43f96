"""Where issues are elevated beyond chance: pure arrays in, arrays out."""

from geo.hotspots.counts import PERIOD_KINDS, Counted, PeriodKind, Periods, calendar, count_reports, suppressed
from geo.hotspots.density import density
from geo.hotspots.emerging import PATTERNS, Emerging, Trend, emerging, mann_kendall
from geo.hotspots.expect import DENOMINATORS, Denominator, expected_from_past, person_time, standardised
from geo.hotspots.local_g import Around, LocalG, freeman_tukey, local_g, moran, standardised_rates
from geo.hotspots.neighbourhood import Neighbourhoods, NeighbourhoodSpec, neighbourhood_ratio
from geo.hotspots.repeats import Repeats, find_repeats
from geo.hotspots.scan.clusters import Cluster, Clusters
from geo.hotspots.scan.space import scan_bernoulli, scan_poisson
from geo.hotspots.scan.space_time import TimeWindow, scan_permutation, scan_space_time
from geo.hotspots.several import Finding, corrected, gated, scan_each
from geo.hotspots.shrink import ShrunkRates, dispersion_of, shrink_rates
from geo.hotspots.tails import false_discovery, ratio_interval, upper_tail
from geo.hotspots.warning import Ears, cusum_threshold, ears, poisson_cusum

__all__ = [
    "DENOMINATORS",
    "PATTERNS",
    "PERIOD_KINDS",
    "Around",
    "Cluster",
    "Clusters",
    "Counted",
    "Denominator",
    "Ears",
    "Emerging",
    "Finding",
    "LocalG",
    "NeighbourhoodSpec",
    "Neighbourhoods",
    "PeriodKind",
    "Periods",
    "Repeats",
    "ShrunkRates",
    "TimeWindow",
    "Trend",
    "calendar",
    "corrected",
    "count_reports",
    "cusum_threshold",
    "density",
    "dispersion_of",
    "ears",
    "emerging",
    "expected_from_past",
    "false_discovery",
    "find_repeats",
    "freeman_tukey",
    "gated",
    "local_g",
    "mann_kendall",
    "moran",
    "neighbourhood_ratio",
    "person_time",
    "poisson_cusum",
    "ratio_interval",
    "scan_bernoulli",
    "scan_each",
    "scan_permutation",
    "scan_poisson",
    "scan_space_time",
    "shrink_rates",
    "standardised",
    "standardised_rates",
    "suppressed",
    "upper_tail",
]
