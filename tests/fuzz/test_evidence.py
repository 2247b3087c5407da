"""What the product reads is found in the file, and a value that is not there is told, in a whole file and in a broken one."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import openpyxl
import polars as pl
import pytest

from schemas.survey import YearDeclarations
from tests.fuzz.evidence import added_to_row, invented
from tests.fuzz.examine import Examiner, Reading
from tests.fuzz.seeds import Seed
from tests.fuzz.witness import Witness, squeezed
from tests.support.answer_tables import as_csv

VALUES = ("○", "12", "令和6年4月1日", "1e3", "TRUE", "2024-04-01", "2024-04-01T09:30:00", "#N/A", "12:30:00")


def holding(form: Seed, value: Any, *, number_format: str = "General") -> tuple[Seed, str]:
    """The form with a value beside its answers, and where."""
    book = openpyxl.load_workbook(BytesIO(form.content))
    book.worksheets[0]["Z9"].value = value
    book.worksheets[0]["Z9"].number_format = number_format
    buffer = BytesIO()
    book.save(buffer)
    return replace(form, content=buffer.getvalue()), "Z9"


def with_invention(reading: Reading, address: str, text: str) -> Reading:
    """The reading with another text in one of the cells."""
    cells = reading.tables["cells"]
    changed = cells.with_columns(
        text=pl.when(pl.col("address") == address).then(pl.lit(text)).otherwise(pl.col("text")),
    )
    return replace(reading, tables={**reading.tables, "cells": changed})


def text_at(reading: Reading, address: str) -> str:
    (text,) = set(reading.tables["cells"].filter(pl.col("address") == address)["text"])
    return str(text)


def test_nothing_of_a_form_is_invented(form: Seed, examine: Examiner) -> None:
    reading = examine(form)
    assert reading.state == "read"
    assert reading.tables["cells"].filter(pl.col("text") != "").height == 9
    assert invented(form.content, reading) == []


@pytest.mark.parametrize(
    ("value", "form_of_numbers", "text"),
    [
        ("全部で１２件", "General", "全部で１２件"), (12, "General", "12"), (2.5, "General", "2.5"), (True, "General", "TRUE"),
        (45_383, "yyyy/m/d", "2024-04-01"), (45_383.5, "yyyy/m/d h:mm", "2024-04-01T12:00:00"), (0.25, "h:mm", "06:00:00"),
        ("#N/A", "General", "#N/A"), ("=1+1", "General", "=1+1"),
    ],
)  # fmt: skip
def test_every_kind_of_value_is_found_and_no_other_is_taken_for_it(
    form: Seed, examine: Examiner, value: Any, form_of_numbers: str, text: str
) -> None:
    seed, place = holding(form, value, number_format=form_of_numbers)
    reading = examine(seed)
    assert text_at(reading, place) == text
    assert invented(seed.content, reading) == []
    for other in VALUES:
        if other != text:
            (told,) = invented(seed.content, with_invention(reading, place, other))
            assert place in told


@pytest.mark.parametrize("text", ["七万八千", "78123", "2031-07-09"])
def test_an_invention_is_told_though_no_other_reader_opens_the_file(form: Seed, examine: Examiner, text: str) -> None:
    seed, place = holding(form, "別紙")
    reading = examine(seed)
    broken = seed.content.replace(b"xl/workbook.xml", b"xl/workb__k.xml")
    told = invented(
        broken, replace(with_invention(reading, place, text), archived=dict.fromkeys(reading.archived, broken))
    )
    assert any(place in one and text in one for one in told)
    kept = invented(broken, replace(reading, archived=dict.fromkeys(reading.archived, broken)))
    assert all("bytes" in one for one in kept)


def test_an_answer_out_of_blank_cells_or_of_other_words_is_told(
    form: Seed, examine: Examiner, second_declarations: YearDeclarations
) -> None:
    reading = examine(form)
    count = pl.col("question_id") == "plan_count"
    answers = reading.tables["answers"]
    (right,) = answers.filter(count)["value_number"]
    other = answers.with_columns(value_number=pl.when(count).then(pl.lit(right + 1)).otherwise(pl.col("value_number")))
    (told,) = invented(form.content, replace(reading, tables={**reading.tables, "answers": other}))
    assert str(right + 1) in told
    cells = reading.tables["cells"].with_columns(
        text=pl.when(pl.col("is_declared")).then(pl.lit("")).otherwise(pl.col("text"))
    )
    blank = invented(form.content, replace(reading, tables={**reading.tables, "cells": cells}))
    assert len(blank) == answers.filter(pl.col("status") == "answered").height > 0


def test_a_file_with_a_part_of_itself_behind_it_holds_what_it_holds(form: Seed, examine: Examiner) -> None:
    content = form.content + form.content[: len(form.content) // 2]
    reading = examine(replace(form, content=content))
    assert invented(content, reading) == []


def test_bytes_that_did_not_come_are_told(form: Seed, examine: Examiner) -> None:
    reading = examine(form)
    assert any("bytes" in one for one in invented(form.content + b"x", reading))


def test_texts_are_compared_as_they_are_seen() -> None:
    assert squeezed(" １２\u200b件_x000D_\n") == "12件"
    for coding in ("utf-8", "utf-16", "cp932"):
        assert "票でない" in Witness("票 でない".encode(coding)).words
    assert "票でない" not in Witness("票で ある".encode()).words


def test_a_row_of_a_table_with_a_word_that_the_table_has_not_is_told() -> None:
    table = as_csv([["団体コード", "回数"], ["331007", 12], ["332020", "３回"]], "cp932")
    row = as_csv([["団体コード", "回数"], [], ["332020", "３回"]])
    assert list(added_to_row(table, row)) == []
    assert len(list(added_to_row(table, row.replace("３".encode(), "４".encode())))) == 1
