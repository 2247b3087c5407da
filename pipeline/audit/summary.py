"""Every figure's trace in short, all at once: enough to see what it came from beside a printed number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pipeline.audit.traced import Group
from pipeline.home import Home
from pipeline.warehouse.reading import open_warehouse

GROUPS = """
select figure_id, reason, count(*) as entity_count, cast(sum(value) as bigint) as total
from int_figure_contributions
where year = $year
group by figure_id, reason
order by figure_id, reason <> 'counted', reason
"""
TERMS = """
select figure_id, numerator_id, denominator_id from fct_figures where year = $year and operation = 'ratio'
"""


@dataclass(frozen=True)
class TraceSummary:
    """Of a figure that counts or adds up, the entities counted and not counted by reason; of a ratio, its two figures."""

    groups: tuple[Group, ...] = ()
    terms: tuple[str, ...] = ()


def summarise_traces(home: Home, year: int) -> dict[str, TraceSummary]:
    """The summaries of a year by figure. Raises InputError where the year was not run."""
    groups: dict[str, list[Group]] = defaultdict(list)
    with open_warehouse(home.warehouse, year) as connection:
        for figure_id, reason, count, total in connection.execute(GROUPS, {"year": year}).fetchall():
            groups[figure_id].append(Group(reason, count, total))
        ratios = connection.execute(TERMS, {"year": year}).fetchall()
    found = {figure_id: TraceSummary(groups=tuple(own)) for figure_id, own in groups.items()}
    return found | {figure_id: TraceSummary(terms=tuple(terms)) for figure_id, *terms in ratios}
