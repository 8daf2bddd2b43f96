"""Code schemes as data: one TOML file a scheme, beside this one; a place may bring its own."""

from geo.partition.schemes.audit import check_codes
from geo.partition.schemes.scheme import CodeScheme, find_scheme, parse_scheme, scheme_names

__all__ = ["CodeScheme", "check_codes", "find_scheme", "parse_scheme", "scheme_names"]
