"""How a prosecution stands, as facts, reports and statistics count it (statistics, section 1).

Numbers, because a million of them are compared at once. `courtwatch.statistics.terms` has the
same, because statistics know nothing of procedures.
"""

from __future__ import annotations

OPEN, JUDGMENT, WITHOUT, OUTSIDE = range(4)
"""Open; judged on the merits; ended without judgment; ended outside control or going on elsewhere.
"""
ENDS = (JUDGMENT, WITHOUT, OUTSIDE)
ALL = (OPEN, *ENDS)
