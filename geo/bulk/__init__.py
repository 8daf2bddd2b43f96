"""Streams of points larger than memory: read, located, written, and the same on many machines."""
