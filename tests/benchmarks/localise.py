"""What explaining contradictions costs: the year's returns with one to eight errors each, the same ones every time.

`python -m tests.benchmarks.localise HOME SURVEY YEAR` prints JSON: seconds after everything is imported, read and judged; the
contradictions, of each of which the first solution is proven to be the cheapest (the solver raises where it is not); and the
errors in answers that none of them explains.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random
from time import perf_counter

import highspy  # noqa: F401
import polars as pl

from pipeline.collect.archive import archived_bytes
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.home import Home
from pipeline.localise.localise import NOT_OF_ANSWERS, localise_returns
from pipeline.read.columns import AnswerTables
from pipeline.read.read import read_returns
from pipeline.read.returns_reader import form_reader
from pipeline.tables import load, save
from pipeline.validate.validate import validate_returns
from pipeline.workbooks.opening import open_workbook
from pipeline.workbooks.workbook import Cell, Workbook
from schemas.survey import Survey, YearDeclarations

SEED, MOST = 2024, 8
WORDS = ("", "○", "0", "7", "多数", "9999", "2030-01-01")


def main(home_root: str, survey_root: str, year_text: str) -> None:
    """Measure on a home whose returns were collected."""
    home, survey, year = Home(Path(home_root)), Survey(Path(survey_root)), int(year_text)
    declarations = survey.load_year(year)
    save(home, year, _read_with_errors(home, declarations))
    save(home, year, validate_returns(home, declarations))
    began = perf_counter()
    rows = localise_returns(home, declarations)["localisations"]
    seconds = perf_counter() - began
    explained = {name for names in rows["findings"] for name in json.loads(names)}
    first = pl.col("rule_id").str.split(".").list.first()
    errors = load(home, year, "findings").filter(
        (pl.col("severity") == "error") & (pl.col("verdict") == "fail") & ~first.is_in([*NOT_OF_ANSWERS, "unlisted"])
    )
    unexplained = set(errors["finding_id"]) - explained
    counts = {"contradictions": rows["contradiction_id"].n_unique(), "unexplained": len(unexplained)}
    print(json.dumps({"seconds": seconds, **counts}))  # noqa: T201


def _read_with_errors(home: Home, declarations: YearDeclarations) -> dict[str, pl.DataFrame]:
    """The tables of the year's returns, where one to eight answer cells of each hold something else."""
    random, reader = Random(SEED), form_reader(declarations)  # noqa: S311
    tables = read_returns(home, declarations)
    answers = AnswerTables(declarations.year)
    receipts = current_returns(read_ledger(home.ledger), declarations.year)
    for code in sorted(receipts):
        sheets = {
            name: dict(cells)
            for name, cells in open_workbook(archived_bytes(home, receipts[code].sha256)).sheets.items()
        }
        block_of = declarations.questionnaire.block_of
        filled = {
            (block_of[slot.question_id].id, slot.row_no)
            for slot in reader.slots if (slot.row, slot.column) in sheets[slot.sheet]
        }  # fmt: skip
        answered = [slot for slot in reader.slots if (block_of[slot.question_id].id, slot.row_no) in filled]
        for slot in random.sample(answered, random.randint(1, MOST)):
            text, place = random.choice(WORDS), (slot.row, slot.column)
            sheets[slot.sheet].pop(place, None)
            if text:
                sheets[slot.sheet][place] = Cell(slot.sheet, *place, "text", text, text)
        answers.add(receipts[code].sha256, code, reader.read(Workbook(sheets), code))
    return tables | answers.frames()


if __name__ == "__main__":
    main(*sys.argv[1:])
