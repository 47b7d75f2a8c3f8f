"""Courtwatch."""
