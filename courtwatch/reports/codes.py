"""How a prosecution stands, as facts count it (`ProsecutionFact.event_code`)."""

from __future__ import annotations

OPEN, JUDGMENT, WITHOUT, OUTSIDE = 0, 1, 2, 3
"""Open; judged on the merits; ended without judgment; ended outside control or going on elsewhere.
"""
