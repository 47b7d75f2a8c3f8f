"""Whether a court is known only, or mostly, once a prosecution has ended: one rule, in two steps.

A register that names a court when it disposes of a prosecution leaves out who still waits there.
Two questions suffer from that, and not alike:

- What courts are like *beside one another* bears much of it, because what is left out is left out
  at all of them: `late_to_compare`.
- What *one* court's share is bears less. With four fifths as many open known as ended, a true half
  that ended in two years reads 56 %: `late_for_shares`. Whoever may not compare has no shares
  either.

Source: docs/statistics, section 1, "like with like".
"""

from __future__ import annotations

from dataclasses import dataclass

COMPARED_FROM = 0.5
"""Of the share of the ended, so much of the open must be known to compare courts."""
COMPARED_LEAST = 0.1
"""Of the open, so much at least."""
SHARES_WITHIN = 0.2
"""For shares: so much less often, and no less, may the court of the open be known."""


@dataclass(frozen=True)
class Known:
    """Of how many of the open, and of the ended, the court is known."""

    open: int
    all_open: int
    ended: int
    all_ended: int

    @property
    def shares(self) -> tuple[float, float] | None:
        """Return the shares; None where nobody is open, or nobody has ended."""
        if not self.all_open or not self.all_ended:
            return None
        return self.open / self.all_open, self.ended / self.all_ended


def late_to_compare(known: Known) -> bool:
    """Say whether a court is known too late to set courts beside one another."""
    if known.shares is None:
        return False
    of_open, of_ended = known.shares
    return of_open < COMPARED_FROM * of_ended or of_open < COMPARED_LEAST


def late_for_shares(known: Known) -> bool:
    """Say whether a court is known too late for the share of one court."""
    if known.shares is None:
        return False
    of_open, of_ended = known.shares
    return late_to_compare(known) or of_open < of_ended - SHARES_WITHIN
