"""Categories: how their codes are put together, what corresponds to what, and what a text may be about."""
