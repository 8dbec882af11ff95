"""Keeping the index equal to the sources: list, compare, fetch, parse, index, record."""
