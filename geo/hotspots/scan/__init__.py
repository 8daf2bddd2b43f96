"""Scan statistics: the one window of all that is least likely by chance, with the price of having looked at all."""
