"""Examining files by all items of both standards, and what a release's own tables come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.publish.standards.accessible import ACCESSIBLE
from pipeline.publish.standards.book import Book
from pipeline.publish.standards.items import VERDICTS, Item, Judged, Standard, Verdict, not_applicable
from pipeline.publish.standards.machine_readable import MACHINE_READABLE
from pipeline.publish.standards.reading import read_book
from schemas.errors import GateRefusedError

STANDARDS = (MACHINE_READABLE, ACCESSIBLE)
MACHINE_WORKBOOK, READING_WORKBOOK = "tables_for_machines.xlsx", "tables_for_reading.xlsx"


EXEMPT = {(READING_WORKBOOK, ACCESSIBLE.id, "19"): "紙に印刷して読むためのものなので、ページ番号だけを余白に印刷する"}
"""Items that are not asked of a file of a release, and why in Japanese."""


@dataclass(frozen=True)
class Finding:
    """What came out for one item in one file."""

    file: str
    standard: Standard
    item: Item
    judged: Judged


def examine_files(paths: Iterable[Path]) -> list[Finding]:
    """Examine each file by every item. Raises InputError where a file is not there."""
    return [finding for path in paths for finding in examine_book(str(path), read_book(path), STANDARDS)]


def examine_book(name: str, book: Book, standards: Sequence[Standard]) -> Iterator[Finding]:
    """Judge a file that was read by every item of the standards."""
    return (Finding(name, standard, item, item.check(book)) for standard in standards for item in standard.items)


def examine_release(public: Path) -> list[Finding]:
    """Examine the finished tables of a release: the workbook for machines and every CSV by the rules for machine-readable tables,
    both workbooks by the checklist for accessible ones, but for what is `EXEMPT`. Each file is read once.
    """
    wanted: Mapping[str, tuple[Standard, ...]] = {
        MACHINE_WORKBOOK: STANDARDS,
        READING_WORKBOOK: (ACCESSIBLE,),
        **{path.name: (MACHINE_READABLE,) for path in sorted(public.glob("*.csv"))},
    }
    return [
        _exempted(finding)
        for name, standards in wanted.items()
        for finding in examine_book(name, read_book(public / name, is_own=True), standards)
    ]


def _exempted(finding: Finding) -> Finding:
    reason = EXEMPT.get((finding.file, finding.standard.id, finding.item.number))
    return replace(finding, judged=not_applicable(reason)) if reason else finding


@dataclass(frozen=True)
class Summary:
    """An item with what its files came to: the weightiest verdict, and the files by verdict."""

    standard: Standard
    item: Item
    verdict: Verdict
    files: Mapping[Verdict, tuple[str, ...]]
    reasons: tuple[str, ...]


def summarise(findings: Sequence[Finding]) -> list[Summary]:
    """One line for each item, in the order of the standards."""
    by_item: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        by_item.setdefault((finding.standard.id, finding.item.number), []).append(finding)
    return [_summary(by_item[key]) for key in sorted(by_item, key=_order)]


def _order(key: tuple[str, str]) -> tuple[int, list[int]]:
    return [standard.id for standard in STANDARDS].index(key[0]), [int(part) for part in key[1].split("-")]


def _summary(findings: Sequence[Finding]) -> Summary:
    files: dict[Verdict, tuple[str, ...]] = {
        verdict: names
        for verdict in VERDICTS
        if (names := tuple(finding.file for finding in findings if finding.judged.verdict == verdict))
    }
    first = findings[0]
    verdict = next(iter(files))
    reasons = dict.fromkeys(f.judged.reason for f in findings if f.judged.verdict == verdict and f.judged.reason)
    return Summary(first.standard, first.item, verdict, files, tuple(reasons))


def standard_faults(findings: Iterable[Finding], folder: str = "public") -> Iterator[GateRefusedError]:
    """Every place that does not keep to an item, as what refuses a release."""
    for finding in findings:
        for fault in finding.judged.faults:
            where = f"{folder}/{finding.file}" + (f", {fault.place}" if fault.place else "")
            yield GateRefusedError(
                reference="standard-not-kept", where=where, found=fault.found,
                expected=f"{finding.standard.id} {finding.item.number}: {finding.item.statement}",
                fix=f"{fault.fix}; where an answer causes it, record a correction",
            )  # fmt: skip
