"""A home brought to the current format, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.home import Home, write_format
from pipeline.home_format import read_format
from pipeline.upgrade.steps import STEPS, Step
from schemas.errors import InputError


def upgrade_home(home: Home, *, steps: Sequence[Step] = STEPS, progress: Callable[[str], None] = lambda _: None) -> int:
    """Take all steps from the home's format on; return how many there were.

    After each, the home says the format it has reached: where the next is interrupted, a later call goes on from there. Raises
    InputError where there is no home in use, and where another run writes to it.
    """
    if read_format(home.root) is None:
        raise InputError(
            reference="no-home", where=str(home.root), found="no home that anything was collected in",
            fix="name the home with --home or KYOGIKAI_HOME; a new one needs no upgrade",
        )  # fmt: skip
    with home.locked():
        reached = read_format(home.root) or 1
        ahead = list(enumerate(steps, start=1))[reached - 1 :]
        for number, step in ahead:
            progress(f"format {number} to {number + 1}: {step.told}")
            step.take(home)
            write_format(home, number + 1)
    return len(ahead)
