"""The command that freezes a report."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from courtwatch.commands.parsing import Command

LONGEST_TITLE = 120
LONGEST_REMARK = 2000


class FreezeReport(Command):
    """Freeze a report, with words for one's own organisation."""

    title: Annotated[str | None, Field(max_length=LONGEST_TITLE)] = None
    remark: Annotated[str | None, Field(max_length=LONGEST_REMARK)] = None
