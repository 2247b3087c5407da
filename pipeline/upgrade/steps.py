"""What leads from each format of a home to the next."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.collect.ledger import read_ledger
from pipeline.home import Home
from pipeline.queries.ledger import read_history
from pipeline.warehouse.issued import issued_releases


@dataclass(frozen=True)
class Step:
    """One step: what it does, in words, and what does it.

    It may stop at any point, and is then taken again from its beginning; it is also taken again where a home has lost its
    `home.json`. So it leaves alone what is done. It writes no byte of the archive and none of a release.
    What a run makes again, as tables and the warehouse, it leaves to the next run.
    """

    told: str
    take: Callable[[Home], None]


def leave_format_1(home: Home) -> None:
    """Read every list that nobody can make again, and clear away the one file in which all years were built.

    Raises InputError that names the first damaged line.
    """
    read_ledger(home.ledger)
    issued_releases(home)
    for path in sorted(home.root.glob("queries/*.jsonl")):
        if re.fullmatch(r"\d{4}", path.stem):
            read_history(home, int(path.stem))
    shutil.rmtree(home.root / "warehouse" / "build", ignore_errors=True)


STEPS = (
    Step(
        "the ledger, the list of releases and the queries are read through; home.json says the format from now on; each year "
        "of the warehouse has a file of its own",
        leave_format_1,
    ),
)
"""The first leads from format 1 to 2, the second from 2 to 3, and so on."""
