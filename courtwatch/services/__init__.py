"""Carry commands out. Services never see a request."""
