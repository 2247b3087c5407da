"""Elements of Office's XML by their local names, since the format has two namespaces."""

from __future__ import annotations

from typing import Any


def local_name(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def child(element: Any, name: str) -> Any:
    """The first child of that local name, None where there is none."""
    return next((part for part in element if local_name(part.tag) == name), None)
