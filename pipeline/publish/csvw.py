"""csv-metadata.json: what the published CSV files are, in the words of CSV on the Web (W3C, 2015)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.home import write_atomically
from pipeline.publish.keys import foreign_keys
from pipeline.publish.open_data import LEGEND, Edition, Field, Resource

CSV_METADATA = "csv-metadata.json"
CONTEXT = "http://www.w3.org/ns/csvw"
DIALECT = {
    "encoding": "utf-8", "lineTerminators": ["\r\n"], "delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True,
    "headerRowCount": 1,
}  # fmt: skip
"""The byte order mark has no word of its own there: whoever decodes UTF-8 takes it off."""
NULL = [""]


def write_csv_metadata(folder: Path, resources: Sequence[Resource], edition: Edition) -> dict[str, Any]:
    """Write csv-metadata.json over the CSV files that stand in the folder; returns what it says."""
    questionnaire = edition.declarations.questionnaire
    group: dict[str, Any] = {
        "@context": [CONTEXT, {"@language": "ja"}],
        "@type": "TableGroup",
        "dc:title": edition.title,
        "dc:description": "\n".join(notice.text for notice in edition.notices),
        "dc:publisher": questionnaire.sender,
        "dc:issued": edition.as_of.date().isoformat(),
        "dc:language": "ja",
        "rdfs:comment": list(LEGEND),
        "dialect": DIALECT,
        "tables": [_table(resource, resources) for resource in resources],
    }
    group = {key: value for key, value in group.items() if value != ""}
    text = json.dumps(group, ensure_ascii=False, indent=2) + "\n"
    write_atomically(folder / CSV_METADATA, text.encode())
    return group


def _table(resource: Resource, resources: Sequence[Resource]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "columns": [
            _column(name, dtype, resource.fields.get(name, Field()), is_key=name in resource.primary_key)
            for name, dtype in resource.table.schema.items()
        ]
    }
    if resource.primary_key:
        schema["primaryKey"] = list(resource.primary_key)
    if keys := foreign_keys(resource, resources):
        schema["foreignKeys"] = [
            {
                "columnReference": list(key.columns),
                "reference": {"resource": f"{key.table}.csv", "columnReference": list(key.keys)},
            }
            for key in keys
        ]
    table = {
        "url": f"{resource.name}.csv", "dc:title": resource.title, "dc:description": resource.description, "tableSchema": schema,
    }  # fmt: skip
    return {key: value for key, value in table.items() if value != ""}


def _column(name: str, dtype: pl.DataType, meaning: Field, *, is_key: bool) -> dict[str, Any]:
    """A column; its English title is the name that the header of the file has."""
    column: dict[str, Any] = {
        "name": name,
        "titles": {"en": name, **({"ja": meaning.title} if meaning.title else {})},
        "dc:description": meaning.description,
        "schema:unitText": meaning.unit,
        "datatype": _datatype(dtype),
        "null": NULL,
        "required": is_key,
    }
    return {key: value for key, value in column.items() if value not in ("", False)}


def _datatype(dtype: pl.DataType) -> Any:
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "double"
    if dtype == pl.Date:
        return {"base": "date", "format": "yyyy-MM-dd"}
    return "boolean" if dtype == pl.Boolean else "string"
