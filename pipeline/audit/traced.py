"""What a trace is made of, named as in the CDISC Analysis Results Standard: analysis, method, groups, raw and formatted value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class TracedCorrection:
    """A reviewed correction: its id, what is read instead of what was sent, why, and who decided."""

    correction_id: str
    corrected_text: str
    reason: str
    authority: str


class TracedCell(NamedTuple):
    """A cell as it stands in the return, and what was read from it.

    `text` is what was written, empty where the cell is blank; `correction` says what is read instead, None where the
    cell is read as it was sent. `read_as` is the value after normalisation: a number, a day, an option's code, an
    entity's id, or chosen / not_chosen for a tick; None where nothing was read. A trace has many thousands of them.
    """

    cell_id: str
    municipality_code: str
    file_name: str
    sheet: str
    address: str
    kind: str
    text: str
    question_id: str
    option_code: str
    row_no: int
    status: str | None
    problem: str | None
    read_as: str | None
    correction: TracedCorrection | None


def traced_cell(row: Sequence[Any]) -> TracedCell:
    """A cell from a row of its fields in their order, with the correction as a mapping of its own."""
    cell = TracedCell._make(row)
    return cell._replace(correction=TracedCorrection(**row[-1])) if row[-1] else cell


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
        return plain(self)  # type: ignore[no-any-return]


def plain(value: Any) -> Any:
    """Dataclasses and named tuples within one another as dictionaries and lists."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, TracedCell):
        return {name: plain(part) for name, part in value._asdict().items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def group_entities(entities: list[TracedEntity]) -> list[Group]:
    """The groups of a population: counted first, then by reason."""
    counts = Counter(entity.reason for entity in entities)
    sums: Counter[str] = Counter()
    for entity in entities:
        sums[entity.reason] += entity.value
    return [Group(r, counts[r], sums[r]) for r in sorted(counts, key=lambda reason: (reason != "counted", reason))]
