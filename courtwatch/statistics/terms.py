"""What statistics of prosecutions have in common (statistics, section 1): codes, and the horizon.

Nothing else than numpy and scipy is imported here, so that the codes of `workflows.event_codes`
stand here once more; a test holds that they are the same.
"""

from __future__ import annotations

OPEN, JUDGMENT, WITHOUT, OUTSIDE = range(4)
"""Open or lost; judged on the merits; ended without judgment by an authority's act or omission;
ended outside its control or going on elsewhere."""
HORIZON_DAYS = 730
"""Fixed in advance: whoever was followed for a shorter time may still end by then."""
