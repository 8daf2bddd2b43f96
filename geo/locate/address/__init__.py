"""Addresses: a citizen's words to the places of one deployment."""
