"""Printed sheets: a map of each grid on A3, as a PDF and as a picture of that very PDF."""
