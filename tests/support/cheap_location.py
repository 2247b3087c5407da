"""A code location of one job that does nothing, for tests of what surrounds it."""

import dagster as dg


@dg.op
def rest() -> None:
    """Do nothing."""


@dg.job
def cheap() -> None:
    """Do nothing, as a run."""
    rest()


definitions = dg.Definitions(jobs=[cheap])
