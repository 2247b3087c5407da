"""What of a mart may be published: what its model declares in dbt's manifest, bounded by the questionnaire.

A mart that declares nothing is internal. A column is public only where the mart lists it, its own `disclosure` (if it
has one) is public, and, where it bears the id of a question or says of which it tells, the year asks that question and it is
public too. A row that is about one
question (column `question_id`) is public only if that question is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import polars as pl

from pipeline.warehouse.dbt import DBT_PROJECT, manifest_nodes, project_folder
from schemas.errors import DeclarationError
from schemas.labels import Disclosure
from schemas.questionnaire import Questionnaire
from schemas.survey import Survey
from schemas.yaml_source import shown_path

LEVELS = get_args(Disclosure)


@dataclass(frozen=True)
class MartColumn:
    """A column as its model describes it to readers, in Japanese; empty where the model says nothing.

    `question` is the question of which it tells, where that is not the column's own name.
    """

    description: str = ""
    title: str = ""
    unit: str = ""
    question: str = ""
    disclosure: Disclosure | None = None


@dataclass(frozen=True)
class Mart:
    """A section mart: its name, title and description (Japanese, may be empty), disclosure, and columns by name.

    `primary_key` names the columns that its data test of that name holds to be unique; empty where none does. A mart whose
    model says `in_workbook: false` is left out of the workbook for machines.
    """

    name: str
    title: str = ""
    description: str = ""
    disclosure: Disclosure = "internal"
    columns: dict[str, MartColumn] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    in_workbook: bool = True

    @property
    def is_public(self) -> bool:
        """True only where the mart declares `public`: row by row, with names."""
        return self.disclosure == "public"


def list_marts(survey: Survey) -> dict[str, Mart]:
    """Every mart that the project's models declare, by name, sorted.

    Raises DeclarationError, with file and line, for a disclosure that is none of public, aggregate, internal.
    """
    return read_marts(manifest_nodes(survey), project_folder(survey))


def read_marts(nodes: Iterable[Mapping[str, Any]], project: Path = DBT_PROJECT) -> dict[str, Mart]:
    """The marts among the nodes of the manifest of a project."""
    nodes = list(nodes)
    models = [n for n in nodes if n["resource_type"] == "model" and n["name"].startswith("mart_")]
    keys = {
        test["attached_node"]: tuple(test["test_metadata"]["kwargs"]["columns"])
        for test in nodes
        if test["resource_type"] == "test" and (test.get("test_metadata") or {}).get("name") == "primary_key"
    }
    return {
        node["name"]: _read_mart(node, keys.get(node["unique_id"], ()), project)
        for node in sorted(models, key=lambda node: str(node["name"]))
    }


def _read_mart(node: Mapping[str, Any], primary_key: tuple[str, ...], project: Path) -> Mart:
    meta = node["config"]["meta"]
    columns: dict[str, MartColumn] = {}
    for name, column in node["columns"].items():
        own = {**column.get("meta", {}), **(column.get("config") or {}).get("meta", {})}
        columns[name] = MartColumn(
            description=str(own.get("description_ja", "")),
            title=str(own.get("title_ja", "")),
            unit=str(own.get("unit", "")),
            question=str(own.get("question", "")),
            disclosure=_level(own["disclosure"], project, node, name) if "disclosure" in own else None,
        )
    return Mart(
        name=node["name"],
        title=str(meta.get("title_ja", "")),
        description=str(meta.get("description_ja", "")),
        disclosure=_level(meta.get("disclosure", "internal"), project, node),
        columns=columns,
        primary_key=primary_key,
        in_workbook=bool(meta.get("in_workbook", True)),
    )


def _level(word: Any, project: Path, node: Mapping[str, Any], column: str = "") -> Disclosure:
    if word in LEVELS:
        return word  # type: ignore[no-any-return]
    subject = f"model '{node['name']}'{f', column {column!r}' if column else ''}"
    raise DeclarationError(
        reference="unknown-disclosure", where=f"{_place(project, node, column)}, {subject}, key 'disclosure'", found=str(word),
        expected=", ".join(LEVELS), fix="write one of them, or leave the key out: internal",
    )  # fmt: skip


def _place(project: Path, node: Mapping[str, Any], column: str) -> str:
    """`file:line` of the model, or of its column, in the YAML that describes it."""
    path = (project / (node.get("patch_path") or "").partition("://")[2]).resolve()
    if not path.is_file():
        return str(node["original_file_path"])
    lines = path.read_text(encoding="utf-8").splitlines()
    place = 1
    for name in filter(None, (node["name"], column)):
        pattern = re.compile(rf"\bname: {re.escape(name)}\b")
        place = next((n for n, line in enumerate(lines, start=1) if n >= place and pattern.search(line)), place)
    return f"{shown_path(path)}:{place}"


def public_columns(mart: Mart, columns: Iterable[str], questionnaire: Questionnaire) -> list[str]:
    """Those of the table's columns that may be published, in their order; none of a mart that is not public."""
    return [name for name in columns if mart.is_public and _is_public_column(mart, name, questionnaire)]


def _is_public_column(mart: Mart, name: str, questionnaire: Questionnaire) -> bool:
    column = mart.columns.get(name)
    if column is None:
        return False
    question = questionnaire.questions.get(column.question or name)
    if question.disclosure != "public" if question else column.question:
        return False
    return column.disclosure in (None, "public")


def public_rows(table: pl.DataFrame, questionnaire: Questionnaire) -> pl.DataFrame:
    """The rows that may be published: where rows are about questions, those about public ones."""
    if "question_id" not in table.columns:
        return table
    public = [question.id for question in questionnaire.questions.values() if question.disclosure == "public"]
    return table.filter(pl.col("question_id").is_in(public))
