"""Whole numbers within bounds at the lowest cost, by the solver HiGHS: one model, on one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import highspy
import numpy as np

Row = tuple[Mapping[int, int], int | None, int | None]
"""A sum of unknowns, each times a whole number, with its lowest and highest value; None is unbounded."""
Range = tuple[int, int]
"""The lowest and the highest value of an unknown."""


class _Quiet(highspy.Highs):
    """The solver without a word on the console: its first one is said while it is made."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> None:  # noqa: N802 - the name it has in the library
        self.setOptionValue("output_flag", False)


class Solver:
    """The solver, on one thread and to the last unit, so that the same model gives the same answer.

    It has one model at a time; who solves many, each once, keeps it. `tolerance` is how far a solved number may be from a whole
    one: a fine one where small and large numbers meet.
    """

    def __init__(self, tolerance: float = 1e-6) -> None:
        self.highs = _Quiet()
        for option, value in (
            ("threads", 1),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.0),
            ("mip_heuristic_run_feasibility_jump", False),
            ("mip_feasibility_tolerance", tolerance),
        ):
            self.highs.setOptionValue(option, value)


class Model:
    """Unknown whole numbers by their places, what each costs, and rows that must keep within their bounds.

    Without a solver that is kept, it has its own.
    """

    def __init__(
        self, costs: Sequence[int], ranges: Sequence[Range], rows: Sequence[Row], solver: Solver | None = None
    ) -> None:
        self._highs = (solver or Solver()).highs
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(costs), len(rows)
        lp.col_cost_ = np.array(costs, dtype=float)
        lp.col_lower_, lp.col_upper_ = np.array(ranges, dtype=float).reshape(-1, 2).T
        lp.row_lower_ = np.array([_low(low) for _, low, _ in rows])
        lp.row_upper_ = np.array([_high(high) for _, _, high in rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(terms) for terms, _, _ in rows)])
        lp.a_matrix_.index_ = np.array([place for terms, _, _ in rows for place in terms], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([times for terms, _, _ in rows for times in terms.values()], dtype=float)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(costs)
        self._highs.passModel(lp)

    def minimise(self) -> list[int] | None:
        """The cheapest values, proven so, or None where there are none. Raises RuntimeError where the solver gave up."""
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status == highspy.HighsModelStatus.kModelEmpty:
            return []
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"the solver gave up: {self._highs.modelStatusToString(status)}")
        return [round(value) for value in self._highs.getSolution().col_value]


def _low(low: int | None) -> float:
    return -highspy.kHighsInf if low is None else low


def _high(high: int | None) -> float:
    return highspy.kHighsInf if high is None else high
