"""The demo's returns without the demo's targets, and one changed answer of the only village from cell to unit word."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.audit.listing import list_figures, list_findings
from pipeline.audit.trace import Trace, trace_figure
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.home import PROJECT_ROOT, Home
from pipeline.run import open_run, run_year
from schemas.form_layout import Slot
from schemas.survey import Survey
from tests.conftest import DEMO_NOW, DEMO_YEAR

QUESTION, BEFORE, AFTER = "plenary_vitality", "cannot_say", "somewhat_vitalised"
FIGURE, OTHER = f"{QUESTION}.{BEFORE}", f"{QUESTION}.{AFTER}"


@dataclass(frozen=True)
class Village:
    """Figures, findings and the trace before and after the village changes one answer."""

    code: str
    home: Home
    figures: list[dict[str, dict[str, Any]]]
    errors: list[list[str]]
    trace: Trace


def without_targets(root: Path) -> Survey:
    """The product's survey, with nothing of the demo in it."""
    (root / "data").mkdir(parents=True)
    for name in ("schemas", "dbt_project", "data/reference", "data/prose"):
        (root / name).symlink_to(PROJECT_ROOT / name)
    return Survey(root)


def changed(content: bytes, slots: dict[str | None, Slot]) -> bytes:
    """The returned form with the tick moved from one option to another, saved as a spreadsheet program does."""
    book = openpyxl.load_workbook(BytesIO(content))
    before, after = (book[slots[choice].sheet][slots[choice].address] for choice in (BEFORE, AFTER))
    assert (bool(before.value), bool(after.value)) == (True, False)
    before.value, after.value = None, "○"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def village(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Village:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", DEMO_NOW)
        folder = tmp_path_factory.mktemp("village")
        home, survey = Home(folder / "home"), without_targets(folder / "survey")
        shutil.copytree(demo_home.inbox(DEMO_YEAR), home.inbox(DEMO_YEAR))
        declarations = survey.load_year(DEMO_YEAR)
        [code] = [m.code for m in declarations.municipalities if m.kind == "村"]
        figures, errors = [], []
        for _ in ("as sent", "as corrected"):
            run_year(open_run(home, survey, DEMO_YEAR))
            figures.append({row["figure_id"]: row for row in list_figures(home, DEMO_YEAR)})
            errors.append([r["finding_id"] for r in list_findings(home, DEMO_YEAR) if r["severity"] == "error"])
            sent = current_returns(read_ledger(home.ledger), DEMO_YEAR)[code]
            if len(figures) == 1:
                slots = {slot.choice: slot for slot in declarations.layout.slots if slot.question_id == QUESTION}
                corrected = changed(home.archived(sent.sha256).read_bytes(), slots)
                (home.inbox(DEMO_YEAR) / f"訂正_{sent.file_name}").write_bytes(corrected)
        return Village(code, home, figures, errors, trace_figure(home.warehouse, declarations, FIGURE))


def test_without_targets_the_same_returns_give_the_same_figures(village: Village, demo_home: Home) -> None:
    assert village.figures[0] == {row["figure_id"]: row for row in list_figures(demo_home, DEMO_YEAR)}
    assert village.errors[0] == []


def test_one_changed_answer_of_the_village_changes_the_number_and_the_unit_word(village: Village) -> None:
    told = [
        [(figures[name]["display"], figures[name]["unit"]) for name in (FIGURE, OTHER)] for figures in village.figures
    ]
    assert told == [[("20", "市町村"), ("16", "市町")], [("19", "市町"), ("17", "市町村")]]
    assert village.errors[1] == []


def test_no_other_figure_changes(village: Village) -> None:
    before, after = village.figures
    assert {name for name in before if before[name] != after[name]} == {FIGURE, OTHER}


def test_the_trace_shows_the_corrected_return_and_the_one_it_supersedes(village: Village) -> None:
    [own] = [entity for entity in village.trace.entities if entity.municipality_code == village.code]
    assert (own.is_counted, own.value, own.reason) == (False, 0, "not_chosen")
    assert [cell.text for cell in own.cells if cell.text] == ["○"]
    assert all(cell.file_name.startswith("訂正_") for cell in own.cells)
    receipts = {receipt.sha256: receipt for receipt in read_ledger(village.home.ledger)}
    assert own.return_id is not None
    assert own.supersedes is not None
    assert receipts[own.return_id].supersedes == own.supersedes
    assert not receipts[own.supersedes].file_name.startswith("訂正_")
    assert village.home.archived(own.supersedes).exists()
    assert village.trace.recomputed == village.trace.raw_value == 19
