"""Attrition of a registration cohort: how many came to each stage, and what became of the rest.

Pending prosecutions are drawn, never dropped: a cohort that is still in court has not failed.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from courtwatch.charts import rows, svg
from courtwatch.charts.data import AttritionStage, AttritionWords, Fill, Heading

WENT_ON, PENDING, ENDED, OUTSIDE = Fill.SOLID, Fill.DOTTED, Fill.HATCHED, Fill.EMPTY
FILLS = (WENT_ON, PENDING, ENDED, OUTSIDE)


def attrition(stages: Sequence[AttritionStage], heading: Heading, words: AttritionWords) -> Markup:
    """Draw the funnel: one row a stage, each as long as its share of the largest stage.

    Within a row: went on, pending here, ended here without judgment, ended outside the
    authority's control, in this order.
    """
    whole = max((stage.reached for stage in stages), default=0)
    named = rows.legend(
        heading.key,
        list(zip(FILLS, (words.went_on, words.pending, words.ended, words.outside), strict=True)),
        4,
    )
    drawn = list(named.rest)
    y = named.bottom + 4
    texts = [stage.text or _share(stage.reached, whole) for stage in stages]
    right = rows.beside((stage.label, text) for stage, text in zip(stages, texts, strict=True))
    for stage, text in zip(stages, texts, strict=True):
        above = rows.words(stage.label, text, y, right)
        drawn += [svg.link(above.label, stage.href), *above.rest]
        went_on = stage.reached - stage.pending - stage.ended - stage.outside
        parts = (
            (went_on, words.went_on, None),
            (stage.pending, words.pending, stage.pending_href),
            (stage.ended, words.ended, stage.ended_href),
            (stage.outside, words.outside, stage.outside_href),
        )
        start = 0.0
        for fill, (count, name, href) in zip(FILLS, parts, strict=True):
            if count == 0:
                continue
            title = f"{stage.label}: {name}, {count:,}"
            shape = rows.bar(heading.key, start, count / whole, above.bottom, fill, title, 22)
            drawn.append(svg.link(shape, href, title if href else None))
            start += count / whole
        y = above.bottom + 22 + rows.GAP
    return svg.chart(heading, y, drawn, FILLS)


def _share(reached: int, whole: int) -> str:
    return f"{reached:,} ({100 * reached / whole:.1f} %)" if whole else f"{reached:,} (–)"
