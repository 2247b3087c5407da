"""dbt's `adapter` as the linter sees it: a dispatched macro becomes a call of a function with the macro's name."""

from collections.abc import Callable


def dispatch(macro_name: str, macro_namespace: str | None = None) -> Callable[..., str]:
    """Return what renders a call of the macro."""
    return lambda *arguments: f"{macro_name}({', '.join(map(str, arguments))})"
