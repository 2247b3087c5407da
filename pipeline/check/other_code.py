"""What a warehouse looks like that another version built: a table or column that this one asks for is missing."""

from __future__ import annotations

import re

import duckdb

from pipeline.check.gate import read_gate
from pipeline.check.inputs import code_fingerprint
from pipeline.home import Home
from schemas.errors import InputError


def as_other_code(error: BaseException, home: Home) -> InputError | None:
    """The error of the product for a question to the warehouse that names what is not in it.

    None where it is another error, and where this very code judged every year of the warehouse: then it is a bug.
    """
    if not isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return None
    years = [int(path.name) for path in home.root.glob("gate/*") if re.fullmatch(r"\d{4}", path.name)]
    gates = [read_gate(home, year) for year in years]
    if gates and all(gate is not None and gate["inputs"]["code"] == code_fingerprint() for gate in gates):
        return None
    return InputError(
        reference="warehouse-of-other-version", where=str(home.warehouse), found=str(error).splitlines()[0],
        expected="the tables that this version of Kyogikai writes", fix="run `kyogikai run YEAR`, which makes the warehouse again",
    )  # fmt: skip
