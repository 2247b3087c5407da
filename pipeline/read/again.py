"""Reading a year again: only returns whose bytes, corrections or declarations have changed; of all others the rows are taken over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import polars as pl
from pydantic import BaseModel

from pipeline.collect.archive import archived_bytes
from pipeline.collect.ledger import Receipt, current_returns, read_ledger
from pipeline.hashes import sha256_file, sha256_of
from pipeline.home import Home, read_kept, write_atomically
from pipeline.read.read import read_returns
from pipeline.tables import is_written, load, runs, save
from schemas.bundle import CODE_ROOT
from schemas.corrections import Correction
from schemas.survey import Survey

READ_TABLES = ("returns", "cells", "answers", "answer_cells", "blocks", "corrections")
READERS = ("python-calamine", "openpyxl", "xlrd", "defusedxml", "msoffcrypto-tool", "olefile", "rapidfuzz", "polars")
CODE = ("schemas", "pipeline/workbooks", "pipeline/forms", "pipeline/collect", "pipeline/read")


class _Read(BaseModel):
    """What a year's tables were read with and from: of each municipality's return, and of the files themselves."""

    reader: str
    returns: dict[str, str]
    files: dict[str, str]


def read_year(home: Home, survey: Survey, year: int, corrections: Sequence[Correction]) -> dict[str, pl.DataFrame]:
    """The tables of `read_returns`, to the last row, where most returns were read before and only few are new.

    Raises InputError where the archive does not hold one of the returns as it was received, whether or not it is read again.
    """
    declarations = survey.load_year(year)
    counting = current_returns(read_ledger(home.ledger), year)
    sources = _sources(counting, corrections)
    kept = read_kept(_note(home, year), _Read)
    if kept is None or kept["reader"] != _reader(survey, year) or not _is_untouched(home, year, kept["files"]):
        return read_returns(home, declarations, corrections)
    same = {code for code, source in sources.items() if kept["returns"].get(code) == source}
    for code in same:
        archived_bytes(home, counting[code].sha256)
    changed = sources.keys() - same
    new = read_returns(home, declarations, [c for c in corrections if c.municipality not in same], codes=changed)
    return {name: _merged(load(home, year, name), new[name], same) for name in READ_TABLES}


def save_read(
    home: Home, survey: Survey, year: int, corrections: Sequence[Correction], tables: Mapping[str, pl.DataFrame]
) -> None:
    """Keep the tables of a year, with what they were read from."""
    _note(home, year).unlink(missing_ok=True)
    save(home, year, dict(tables))
    files = {name: sha256_file(home.table(year, name)) for name in READ_TABLES}
    sources = _sources(current_returns(read_ledger(home.ledger), year), corrections)
    note = {"reader": _reader(survey, year), "returns": sources, "files": files}
    write_atomically(_note(home, year), json.dumps(note, indent=1).encode())


def _note(home: Home, year: int) -> Path:
    return home.work(year) / "read.json"


def _is_untouched(home: Home, year: int, files: Mapping[str, str]) -> bool:
    return all(
        is_written(home, year, name) and sha256_file(home.table(year, name)) == files.get(name) for name in READ_TABLES
    )


def _sources(counting: Mapping[str, Receipt], corrections: Sequence[Correction]) -> dict[str, str]:
    """SHA-256 over a return's receipt and its corrections, for each municipality with a return that counts."""
    own: dict[str, list[str]] = {}
    for correction in corrections:
        own.setdefault(correction.municipality, []).append(correction.model_dump_json())
    return {code: _source(receipt, own.get(code, [])) for code, receipt in counting.items()}


def _source(receipt: Receipt, corrections: Sequence[str]) -> str:
    return sha256_of(receipt.hash, *corrections)


def _reader(survey: Survey, year: int) -> str:
    """SHA-256 over the declarations of a year and all that reads a return."""
    parts = [
        f"{path.relative_to(survey.root).as_posix()} {sha256_file(path)}" for path in survey.declaration_files(year)
    ]
    return sha256_of(_code(), *parts)


@lru_cache(maxsize=1)
def _code() -> str:
    folders = [CODE_ROOT / name for name in CODE]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    files += (CODE_ROOT / "pipeline").glob("*.py")
    own = [f"{path.relative_to(CODE_ROOT).as_posix()} {sha256_file(path)}" for path in sorted(files)]
    return "\n".join([*own, *(f"{name} {version(name)}" for name in READERS)])


def _merged(before: pl.DataFrame, new: pl.DataFrame, kept: set[str]) -> pl.DataFrame:
    """The rows of the kept municipalities and the new ones, in the order of the codes, as both have them already."""
    of_codes: dict[str, pl.DataFrame] = {}
    for table, wanted in ((before, kept), (new, None)):
        of_codes |= {code: rows for code, rows in runs(table, _code_of(table)) if wanted is None or code in wanted}
    return pl.concat([new.clear(), *(of_codes[code] for code in sorted(of_codes))])


def _code_of(table: pl.DataFrame) -> pl.Expr:
    is_told = "municipality_code" in table.columns
    return pl.col("municipality_code") if is_told else pl.col("answer_id").str.split(":").list.get(1)
