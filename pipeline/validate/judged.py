"""What a judgement gives: one row for each judged subject, from which findings and counts are made."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipeline.tables import frame


def finding_id(rule_id: str, municipality_code: str | None = None, subject: str = "") -> str:
    """Stable words for one subject of a rule, as `return.missing:112411`."""
    return ":".join(part for part in (rule_id, municipality_code or "-", subject) if part)


@dataclass(frozen=True)
class Judged:
    """One rule's verdict on one subject."""

    rule_id: str
    severity: str
    level: int
    statement: str
    verdict: str
    message: str = ""
    municipality_code: str | None = None
    entity_id: str | None = None
    question_id: str | None = None
    cells: Sequence[str] = ()
    subject: str = ""
    follows_from: Sequence[str] = ()
    """Findings without which this one could be verified."""
    names_place: bool = False
    """The message says where, so that no cell is added to it."""
    figure_id: str | None = None
    effect: float | None = None
    """The published figure that would change most if the doubt were right, and by which share of it."""


def _placed(row: Judged) -> str:
    """The message with sheet and cell, so that it can be sent as it stands; one that names its cells is left alone."""
    places = [cell.split("!")[1:] for cell in row.cells if cell.count("!") == 2]
    if row.names_place or not places or any(address in row.message for _, address in places):
        return row.message
    (sheet, address), more = places[0], len(places) - 1
    return f"{row.message}（シート「{sheet}」{address}{f'ほか{more}か所' if more else ''}）"


@dataclass
class Judgements:
    """All judgements of an owner on a year: counts for each rule, and every subject that did not pass."""

    year: int
    owner: str
    doubts: list[Judged] = field(default_factory=list)
    counts: dict[str, tuple[str, str, Counter[str]]] = field(default_factory=dict)

    def count(self, rule_id: str, severity: str, statement: str, verdicts: Iterable[str]) -> None:
        """Add verdicts to a rule's counts; a rule that judged nothing has zero of each."""
        _, _, counter = self.counts.setdefault(rule_id, (severity, statement, Counter()))
        counter.update(verdicts)

    def doubt(self, judged: Judged) -> None:
        """Keep a subject that failed or could not be verified."""
        self.doubts.append(judged)

    def findings(self) -> pl.DataFrame:
        """Every subject that did not pass, as the table `findings`; ids are stable words."""
        return frame("findings", [self._finding(row) for row in self.doubts])

    def _finding(self, row: Judged) -> tuple[Any, ...]:
        return (
            self.year, finding_id(row.rule_id, row.municipality_code, row.subject), row.rule_id, self.owner, row.level, row.severity,
            row.verdict, row.municipality_code, row.entity_id, row.question_id, row.figure_id,
            json.dumps(list(row.cells), ensure_ascii=False), _placed(row), json.dumps(list(row.follows_from)), None, row.effect,
        )  # fmt: skip

    def outcomes(self) -> pl.DataFrame:
        """How often each rule passed, failed and could not be verified, as the table `rule_outcomes`."""
        return frame("rule_outcomes", [
            (self.year, rule_id, self.owner, severity, statement,
             counter["pass"], counter["fail"], counter["unverifiable"])
            for rule_id, (severity, statement, counter) in sorted(self.counts.items())
        ])  # fmt: skip
