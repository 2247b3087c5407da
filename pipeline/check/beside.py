"""Great Expectations in a process of its own: it takes as long to load as dbt takes to build, so it does so beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from pipeline.check.relations import RelationVerdict, judge_relations
from pipeline.process import undisturbed
from pipeline.workers import worker_pool
from schemas.relations import Relation

if TYPE_CHECKING:
    import pandas as pd

BEFORE_ITS_QUEUE = 11
"""Finalizers of multiprocessing run from the highest priority down; a queue has 10."""


def load_beside() -> None:
    """Let Great Expectations be loaded while this process goes on; without it, the first judgement waits for that."""
    try:
        _submit(_load)
    except BrokenProcessPool:
        _pool.cache_clear()


def judge_beside(
    rows: pd.DataFrame, relations: Sequence[Relation], *, docs_folder: Path | None = None
) -> list[RelationVerdict]:
    """`judge_relations` in the other process: same arguments, same verdicts, same errors.

    Where that process was ended from outside, another one judges; raises BrokenProcessPool when it is ended too.
    """
    try:
        return _submit(judge_relations, rows, relations, docs_folder=docs_folder).result()
    except BrokenProcessPool:
        _pool.cache_clear()
        return _submit(judge_relations, rows, relations, docs_folder=docs_folder).result()


P = ParamSpec("P")
R = TypeVar("R")


def _submit(task: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
    """Hand over a task; the first one starts the process."""
    with undisturbed():
        return _pool().submit(task, *args, **kwargs)


@lru_cache(maxsize=1)
def _pool() -> ProcessPoolExecutor:
    """One process that stays until this one ends."""
    pool = worker_pool(1)
    # A process that multiprocessing started, as the code server does for a run, waits for its own processes before Python tells
    # the pool to end them: it would wait for ever. The pool ends them through a queue, which has to be there still.
    Finalize(None, pool.shutdown, exitpriority=BEFORE_ITS_QUEUE)
    return pool


def _load() -> None:
    import great_expectations.expectations  # noqa: F401
