"""Faults of the record: a registry of kinds, each with its finder, its words and how to mend it."""
