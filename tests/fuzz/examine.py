"""One file through the product: collected from the inbox of a home of its own, and read, as `kyogikai collect` and `run` do."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipeline.collect.collect import collect
from pipeline.collect.ledger import Receipt
from pipeline.home import Home
from pipeline.process import environment
from pipeline.queries.ledger import QueryEvent
from pipeline.queries.take import take_replies
from pipeline.read.read import read_returns
from schemas.survey import YearDeclarations
from tests.fuzz.seeds import Seed

State = Literal["read", "findings", "refused"]
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
_PLACE = str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None


@dataclass
class Reading:
    """What the product said of a file: receipts, tables of the returns that it accepted, and what came of a query sheet."""

    receipts: Sequence[Receipt]
    tables: dict[str, pl.DataFrame]
    events: Sequence[QueryEvent]
    archived: dict[str, bytes] = field(default_factory=dict)
    """The bytes of what was accepted, by their SHA-256."""

    @property
    def state(self) -> State:
        """Whether anything was taken from the file, and whether all of it was understood."""
        new = [receipt for receipt in self.receipts if receipt.event in ("accepted", "reply", "duplicate")]
        if not new:
            return "refused"
        answers, cells = self.tables["answers"], self.tables["cells"]
        doubts = answers.filter(pl.col("status") == "unreadable").height
        doubts += cells.filter((pl.col("kind") == "remark") & (pl.col("text") != "非表示")).height
        doubts += self.tables["blocks"]["absent_cell_id"].is_not_null().sum()
        doubts += sum(event.event == "refused" for event in self.events)
        doubts += sum(receipt.event == "rejected" for receipt in self.receipts)
        return "findings" if doubts else "read"


class Examiner:
    """Puts one file after another into a new home each, so that none can hide what another does."""

    def __init__(self, declarations: YearDeclarations, homes: Path) -> None:
        self._declarations = declarations
        self._homes = homes
        self._moment = {"KYOGIKAI_NOW": f"{declarations.year}-12-02T09:00:00+09:00"}

    def __call__(self, seed: Seed) -> Reading:
        """Collect and read. Whatever is raised is a fault of the product: a file of the inbox may stop nothing."""
        place = tempfile.TemporaryDirectory(prefix="kyogikai-fuzz-", dir=_PLACE)
        with environment(self._moment), place as folder:
            home = Home(Path(folder) / "home")
            shutil.copytree(self._homes / seed.home, home.root)
            return self._read(home, seed)

    def _read(self, home: Home, seed: Seed) -> Reading:
        declarations, inbox = self._declarations, home.inbox(self._declarations.year)
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / seed.name).write_bytes(seed.content)
        receipts = collect(home, declarations)
        events = take_replies(home, declarations)
        new = {r.municipality_code or "" for r in receipts if r.event == "accepted"}
        tables = read_returns(home, declarations, codes=new)
        archived = {
            r.sha256: home.archived(r.sha256).read_bytes() for r in receipts if r.event in ("accepted", "reply")
        }
        return Reading(receipts, tables, events, archived)


def answer_texts(tables: dict[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """Every answer that was read, with the texts of the cells that it rests on."""
    cells = dict(tables["cells"].select("cell_id", "text").iter_rows())
    texts: dict[str, list[str]] = {}
    for answer_id, cell_id in tables["answer_cells"].select("answer_id", "cell_id").iter_rows():
        texts.setdefault(answer_id, []).append(cells.get(cell_id, ""))
    answered = tables["answers"].filter(pl.col("status") == "answered").to_dicts()
    return [{**answer, "texts": texts.get(answer["answer_id"], [])} for answer in answered]
