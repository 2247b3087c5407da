"""The survey asked of every municipality in the country, year after year, and the returns of these years."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.demo.surgery import replace_cell
from pipeline.home import Home
from pipeline.tables import load
from pipeline.warehouse.build import BuiltFrom
from pipeline.warehouse.dbt import manifest_nodes
from pipeline.warehouse.raw_tables import raw_files
from pipeline.workers import cores
from schemas.new_year import declare_next_year
from schemas.survey import Survey
from tests.benchmarks.measure import measure

MAKE_RETURNS = "tests.benchmarks.make_returns"

FOLDERS = ("schemas", "data/reference", "data/prose", "dbt_project/models/sections")


def declare_nationwide(survey: Survey, year: int, root: Path) -> Survey:
    """Copy a survey's declarations to `root`, for all prefectures and without figures that its answers must give."""
    for folder in FOLDERS:
        shutil.copytree(survey.root / folder, root / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for kind in ("questionnaires", "figures", "rules", "relations", "reports"):
        for path in (root / "schemas" / kind).iterdir():
            if path.stem != str(year):
                path.unlink()
    questionnaire = root / "schemas" / "questionnaires" / f"{year}.yaml"
    own = f'prefecture_code: "{survey.load_year(year).questionnaire.prefecture_code}"'
    text = questionnaire.read_text(encoding="utf-8")
    if own not in text:
        raise ValueError(f"{questionnaire} does not say {own}")
    questionnaire.write_text(text.replace(own, "prefecture_code: all"), encoding="utf-8")
    (root / "data" / "demo").mkdir()
    shutil.copy(survey.root / "data" / "demo" / "common.yaml", root / "data" / "demo" / "common.yaml")
    return Survey(root)


def declare_years(survey: Survey, first: int, count: int) -> list[int]:
    """Declare the years after the first as an official would, each from the one before; gives all of them."""
    years = list(range(first, first + count))
    for year in years[1:]:
        declare_next_year(survey, year - 1, year)
    return years


def make_inboxes(home: Home, survey: Survey, years: Sequence[int]) -> int:
    """Put the returns of every year into the home's inbox, on all cores; gives how many there are."""

    def make(year: int) -> int:
        own = Home(home.root.with_name(f"{home.root.name}-{year}"))
        measure(MAKE_RETURNS, own.root, survey.root, year)
        home.inbox(year).parent.mkdir(parents=True, exist_ok=True)
        own.inbox(year).rename(home.inbox(year))
        shutil.rmtree(own.root)
        return sum(path.is_file() for path in home.inbox(year).iterdir())

    with ThreadPoolExecutor(cores()) as pool:
        return sum(pool.map(make, years))


def change_one_return(home: Home, survey: Survey, year: int) -> None:
    """Put a newer return of one municipality into the inbox, in which one number is another."""
    declarations = survey.load_year(year)
    slots = {slot.question_id: slot for slot in declarations.layout.slots if slot.choice is None}
    counts = [q.id for q in declarations.questionnaire.questions.values() if q.type == "count" and q.id in slots]
    answered = load(home, year, "answers").filter(
        pl.col("question_id").is_in(counts) & pl.col("value_number").is_not_null() & (pl.col("row_no") == 1)
    )
    row = answered.sort("answer_id").row(0, named=True)
    slot, receipt = slots[row["question_id"]], current_returns(read_ledger(home.ledger), year)[row["municipality_code"]]
    content = home.archived(receipt.sha256).read_bytes()
    changed = replace_cell(content, slot.sheet, slot.address, f"<v>{row['value_number'] + 1}</v>")
    (home.inbox(year) / "changed.xlsx").write_bytes(changed)


def floor_plan(home: Home, survey: Survey, years: Sequence[int], folder: Path) -> Path:
    """What the floor of these years reads and makes, of what was run already; written as JSON for it."""
    kinds = {
        node["name"]: node["config"]["materialized"]
        for node in manifest_nodes(survey)
        if node["resource_type"] == "model"
    }
    ledger = read_ledger(home.ledger)
    plan = []
    for year in years:
        places: dict[str, list[tuple[int, int]]] = {}
        for slot in survey.load_year(year).layout.slots:
            places.setdefault(slot.sheet, []).append((slot.row, slot.column))
        built = BuiltFrom.model_validate_json(home.built_from(year).read_bytes())
        own = folder / str(year)
        own.mkdir(parents=True)
        plan.append({
            "files": [str(home.archived(receipt.sha256)) for receipt in current_returns(ledger, year).values()],
            "places": places,
            "raw": {name: str(path) for name, path in raw_files(home, year).items()},
            "models": [
                (result.name, kinds[result.name], result.compiled_sql) for result in built.results if result.kind == "model"
            ],
            "folder": str(own),
        })  # fmt: skip
    path = folder / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    return path
