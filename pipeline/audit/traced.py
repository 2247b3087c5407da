"""What a trace is made of, named as in the CDISC Analysis Results Standard: analysis, method, groups, raw and formatted value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class TracedCorrection:
    """A reviewed correction: its id, what is read instead of what was sent, why, and who decided."""

    correction_id: str
    corrected_text: str
    reason: str
    authority: str


@dataclass(frozen=True)
class TracedCell:
    """A cell as it stands in the return, and what was read from it.

    `text` is what was written, empty where the cell is blank; `correction` says what is read instead, None where the
    cell is read as it was sent. `read_as` is the value after normalisation: a number, a day, an option's code, an
    entity's id, or chosen / not_chosen for a tick; None where nothing was read.
    """

    cell_id: str
    municipality_code: str
    file_name: str
    sheet: str
    address: str
    kind: str
    text: str
    correction: TracedCorrection | None
    question_id: str
    option_code: str
    row_no: int
    status: str | None
    problem: str | None
    read_as: str | None


def traced_cell(row: Mapping[str, Any]) -> TracedCell:
    """A cell from a row that bears its fields, with the correction as a mapping of its own."""
    correction = row["correction"]
    return TracedCell(**{**row, "correction": TracedCorrection(**correction) if correction else None})


@dataclass(frozen=True)
class TracedFinding:
    """What a rule found about the figure's question, and the waiver that lets it pass, if any."""

    finding_id: str
    severity: str
    verdict: str
    message: str
    waiver_id: str | None


@dataclass(frozen=True)
class TracedEntity:
    """One entity of the figure's population: what it adds, or why it adds nothing, and the receipt of its return."""

    entity_id: str
    name: str
    municipality_code: str
    value: int
    is_counted: bool
    reason: str
    is_assumed: bool
    return_id: str | None
    received_at: str | None
    supersedes: str | None
    cells: list[TracedCell]
    findings: list[TracedFinding]


@dataclass(frozen=True)
class Analysis:
    """What the figure is about."""

    figure_id: str
    published_id: str | None
    label: str
    section: str
    grain: str | None
    question_id: str | None
    reference: str


@dataclass(frozen=True)
class Method:
    """How the figure comes about. `options` are the answers that count; empty: any answer."""

    operation: str
    options: list[str]
    rounding: str
    sql_models: list[str]


@dataclass(frozen=True)
class Group:
    """The entities that are counted, or not counted for one reason: how many, and what they add."""

    reason: str
    entity_count: int
    value: int


@dataclass(frozen=True)
class Trace:
    """A figure with everything behind it.

    `terms` are the figures that a ratio or ranking uses. `unused_cells` are the cells that the figure reads and no entity
    rests on: rows left blank, and rows of members whose answers do not count. `recomputed_*` follow from what is listed
    here and nothing else.
    """

    year: int
    analysis: Analysis
    method: Method
    groups: list[Group]
    raw_value: float | None
    formatted_value: str
    unit: str
    recomputed_raw_value: float | None
    recomputed_formatted_value: str
    entities: list[TracedEntity]
    unused_cells: list[TracedCell]
    terms: list[Trace]

    @property
    def figure_id(self) -> str:
        """Stable id of the figure."""
        return self.analysis.figure_id

    @property
    def label(self) -> str:
        """The figure's label in Japanese."""
        return self.analysis.label

    @property
    def recomputed(self) -> float | None:
        """The raw value, recomputed: what a ratio or ranking of this figure uses."""
        return self.recomputed_raw_value

    def as_json(self) -> dict[str, Any]:
        """The trace as JSON-ready data."""
        return asdict(self)


def group_entities(entities: list[TracedEntity]) -> list[Group]:
    """The groups of a population: counted first, then by reason."""
    counts = Counter(entity.reason for entity in entities)
    sums: Counter[str] = Counter()
    for entity in entities:
        sums[entity.reason] += entity.value
    return [Group(r, counts[r], sums[r]) for r in sorted(counts, key=lambda reason: (reason != "counted", reason))]
