"""Which cells an answer rests on, and what stands in them."""

from __future__ import annotations

from functools import cached_property

import polars as pl

from pipeline.tables import runs
from pipeline.validate.frames import YearTables

_SUBJECT = ("municipality_code", "question_id", "row_no")


class CellPlaces:
    """Looks cells up by (municipality, question, row). Of each municipality all is looked up at its first doubt, for most have none."""

    def __init__(self, tables: YearTables) -> None:
        self._tables = tables
        self._by_answer: dict[str, dict[tuple[str, str, int], list[str]]] = {}
        self._texts: dict[str, str] = {}

    @cached_property
    def _answers_of(self) -> dict[str, pl.DataFrame]:
        joined = self._tables.answers.select("answer_id", *_SUBJECT).join(
            self._tables.answer_cells, on="answer_id", how="inner", maintain_order="left"
        )
        return dict(runs(joined, pl.col("municipality_code")))

    @cached_property
    def _cells_of(self) -> dict[str, pl.DataFrame]:
        read = self._tables.cells.select("municipality_code", "cell_id", pl.coalesce("corrected_text", "text"))
        return dict(runs(read, pl.col("municipality_code")))

    def _of(self, municipality_code: str) -> dict[tuple[str, str, int], list[str]]:
        if municipality_code not in self._by_answer:
            answers, cells = (parts.get(municipality_code) for parts in (self._answers_of, self._cells_of))
            self._by_answer[municipality_code] = {} if answers is None else _cells_of(answers)
            self._texts |= {} if cells is None else dict(cells.drop("municipality_code").iter_rows())
        return self._by_answer[municipality_code]

    @cached_property
    def _unread(self) -> dict[tuple[str, str, int], list[str]]:
        unread = self._tables.answers.filter(pl.col("problem").is_not_null())
        return _cells_of(unread.join(self._tables.answer_cells, on="answer_id", how="inner", maintain_order="left"))

    @cached_property
    def _corrected(self) -> set[str]:
        return set(self._tables.cells.filter(pl.col("corrected_text").is_not_null())["cell_id"])

    def cells(self, municipality_code: str, question_id: str, row_no: int) -> list[str]:
        """Ids of the cells of a question in a row; of a tick question, those that are filled, else all."""
        cells = self._of(municipality_code).get((municipality_code, question_id, row_no), [])
        filled = [cell for cell in cells if self._texts.get(cell, "").strip()]
        return filled or cells

    def unread(self, municipality_code: str, question_id: str, row_no: int) -> list[str]:
        """Ids of those cells of a question in a row that could not be read; empty where all could."""
        self._of(municipality_code)
        return self._unread.get((municipality_code, question_id, row_no), [])

    def ticked(self, municipality_code: str, question_id: str, row_no: int) -> dict[str, str]:
        """The ticked options of a question in a row, each with its cell."""
        self._of(municipality_code)
        return self._ticked.get((municipality_code, question_id, row_no), {})

    @cached_property
    def _ticked(self) -> dict[tuple[str, str, int], dict[str, str]]:
        ticked = self._tables.answers.filter((pl.col("status") == "answered") & (pl.col("option_code") != ""))
        joined = ticked.join(self._tables.answer_cells, on="answer_id", how="inner", maintain_order="left")
        found: dict[tuple[str, str, int], dict[str, str]] = {}
        columns = joined.select("municipality_code", "question_id", "row_no", "option_code", "cell_id")
        for municipality_code, question_id, row_no, code, cell in columns.iter_rows():
            found.setdefault((municipality_code, question_id, row_no), {}).setdefault(code, cell)
        return found

    def text(self, cells: list[str]) -> str:
        """What is read in cells that were looked up: as written, or as corrected and said to be so, for the municipality did not
        write it.
        """
        read = [
            f"{text}（訂正による）" if cell in self._corrected else text
            for cell in cells
            if (text := self._texts.get(cell, "").strip())
        ]
        return "・".join(read) or "空欄"


def _cells_of(joined: pl.DataFrame) -> dict[tuple[str, str, int], list[str]]:
    found: dict[tuple[str, str, int], dict[str, None]] = {}
    columns = joined.select(*_SUBJECT, "cell_id")
    for municipality_code, question_id, row_no, cell in columns.iter_rows():
        found.setdefault((municipality_code, question_id, row_no), {})[cell] = None
    return {key: list(cells) for key, cells in found.items()}
