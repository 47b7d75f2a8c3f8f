"""One way to say that a question has no honest answer in these data."""

from __future__ import annotations


class CannotAnswer(ValueError):
    """Raised instead of a number; `reason` is a sentence a page can print."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
