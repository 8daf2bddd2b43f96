"""Responsibility: category and place to the department that answers, and the faults of the rules that say so."""
