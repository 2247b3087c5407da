"""What a dbt test asks of a table, in Japanese words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any


def data_test_statement(name: str, kind: str | None, model: str | None, arguments: Mapping[str, Any]) -> str:
    """Say what a test of this name asks; `kind` is that of a generic test, None for one that is written for one purpose.

    `arguments` are those of the generic test, as columns and values.
    """
    columns = _listed(arguments.get("columns") or [arguments.get("column_name")])
    if model and kind == "primary_key":
        return f"集計表 {model} の行は {columns} で一つに定まる"
    if model and kind == "not_null":
        return f"集計表 {model} の {columns} に空欄がない"
    if model and kind == "accepted_values":
        return f"集計表 {model} の {columns} は {_listed(arguments.get('values') or ())} のいずれかである"
    if model and kind == "references_row":
        parent = re.search(r"ref\(\s*['\"](\w+)", str(arguments.get("to")))
        return f"集計表 {model} の {columns} は、集計表 {parent.group(1) if parent else arguments.get('to')} にある"
    return f"集計表の検査 {name} に合格する"


def _listed(words: Sequence[Any]) -> str:
    return "、".join(str(word) for word in words)
