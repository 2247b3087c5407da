"""Changes give other bytes, the same each time, and packages that are whole where they say so."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from random import Random

import pytest

from schemas.survey import YearDeclarations
from tests.fuzz.contents import BATCH, Slots, drawn_batch, with_contents
from tests.fuzz.evidence import invented
from tests.fuzz.examine import Examiner
from tests.fuzz.mutate_bytes import BLIND, GENTLE, changed_bytes, strange_bytes
from tests.fuzz.mutate_records import changed_records
from tests.fuzz.mutate_structure import (
    PARTS,
    TREES,
    changed_members,
    changed_returns,
    changed_structure,
    changed_tree,
)
from tests.fuzz.mutate_texts import TEXTS
from tests.fuzz.packages import package_of, parts_of, scanned_parts
from tests.fuzz.seeds import Seed
from tests.support.biff import BEGIN, END, SHEET, number, record, wrapped

Change = Callable[[bytes, Random], bytes]
TEXT = b'<worksheet xmlns="x"><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>12</v></c></row></worksheet>'


def seeded(text: object) -> Random:
    return Random(str(text))  # noqa: S311


@pytest.mark.parametrize("change", [*dict.fromkeys((*BLIND, *GENTLE))])
def test_a_change_of_bytes_is_the_same_each_time(change: Change) -> None:
    found = [change(TEXT, seeded(seed)) for seed in range(40)]
    assert found == [change(TEXT, seeded(seed)) for seed in range(40)]
    assert sum(one != TEXT for one in found) > 20
    assert all(isinstance(change(b"x", seeded(seed)), bytes) for seed in range(20))


@pytest.mark.parametrize("change", [changed_bytes, changed_members, changed_structure, strange_bytes, changed_returns])
def test_a_changed_file_is_another_one_and_the_same_each_time(change: Change, form: Seed) -> None:
    content = (
        package_of([("a.xlsx", form.content), ("b.xls", b"x" * 99)]) if change is changed_returns else form.content
    )
    found = [change(content, seeded(seed)) for seed in range(25)]
    assert found == [change(content, seeded(seed)) for seed in range(25)]
    assert len(set(found)) > 20
    assert content not in found


def test_changed_members_lie_in_a_whole_zip(form: Seed) -> None:
    counts = set()
    for seed in range(20):
        with zipfile.ZipFile(BytesIO(changed_members(form.content, seeded(seed)))) as archive:
            assert archive.testzip() is None
            counts.add(sum(archive.read(name) != text for name, text in parts_of(form.content)))
    assert counts == {1, 2}


@pytest.mark.parametrize("change", [*TREES])
def test_a_change_of_elements_leaves_well_formed_xml(change: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.mutate_structure.TREES", (change,))
    found = {changed_tree(TEXT, seeded(seed)) for seed in range(30)}
    assert found
    assert {changed_tree(b"no xml", seeded(seed)) for seed in range(3)} == {b"no xml"}
    for one in found:
        assert changed_tree(one, seeded(one))


def test_changes_of_texts_and_parts_are_made_of_any_text(form: Seed) -> None:
    parts = parts_of(form.content)
    for seed in range(20):
        assert all(change(TEXT, seeded(seed)) != b"" for change in TEXTS)
        assert all(package_of(change(parts, seed % len(parts), seeded(seed))) for change in PARTS)


def test_records_are_changed_in_a_whole_container() -> None:
    sheets = record(SHEET, bytes(4) + b"\0\0\x01\0a") + record(END, b"")
    stream = record(BEGIN, bytes(16)) + sheets + record(BEGIN, bytes(16)) + number(0, 0, 5) + record(END, b"")
    content = wrapped(Workbook=stream)
    found = {changed_records(content, seeded(seed)) for seed in range(30)}
    assert len(found) > 15
    assert all(one[:4] == content[:4] for one in found)


def test_parts_are_read_without_a_library_of_zips(form: Seed) -> None:
    assert list(scanned_parts(form.content)) == parts_of(form.content)
    broken = form.content[:-30]
    assert dict(scanned_parts(broken)) == dict(parts_of(form.content))
    assert list(scanned_parts(b"PK\x03\x04")) == []


def test_anything_that_hypothesis_types_into_answer_cells_is_read_or_told(
    form: Seed, examine: Examiner, second_declarations: YearDeclarations
) -> None:
    names = [name for name, _ in parts_of(form.content) if "sheets/sheet" in name]
    sheets = {slot.sheet: names[index] for index, slot in enumerate(dict.fromkeys(second_declarations.layout.slots))
              if index < len(names)}  # fmt: skip
    slots = Slots(tuple((sheets.get(slot.sheet, names[0]), slot.address) for slot in second_declarations.layout.slots))
    batch = drawn_batch(7, len(slots.places))
    assert batch == drawn_batch.__wrapped__(7, len(slots.places))
    assert len(batch) == BATCH
    states: Counter[str] = Counter()
    for drawn in batch:
        content = with_contents(form.content, slots, drawn)
        reading = examine(Seed(form.home, form.name, content))
        assert invented(content, reading) == []
        states[reading.state] += 1
    assert states["read"] + states["findings"] > 0
