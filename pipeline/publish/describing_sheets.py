"""The tables that describe the others in the workbook for machines: what is in it, what columns mean, the legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipeline.publish.open_data import TABLE_LEGEND, Edition, Field, Resource

CONTENTS, COLUMNS, LEGEND = "contents", "columns", "legend"
_TITLES = {CONTENTS: "目次", COLUMNS: "項目の説明", LEGEND: "凡例"}
_FIELDS: Mapping[str, Mapping[str, Field]] = {
    CONTENTS: {
        "year": Field("調査年", unit="年"), "sheet": Field("シート"), "title": Field("表の標題"), "description": Field("表の説明"),
    },
    COLUMNS: {
        "year": Field("調査年", unit="年"), "sheet": Field("シート"), "column": Field("項目の識別子"), "title": Field("項目名"),
        "description": Field("項目の説明"), "unit": Field("単位", "空欄は、単位のない項目"),
    },
    LEGEND: {"year": Field("調査年", unit="年"), "text": Field("説明")},
}  # fmt: skip


def describing_tables(edition: Edition, resources: Sequence[Resource]) -> dict[str, pl.DataFrame]:
    """The tables by the names of their sheets, from the tables that they describe; each describes itself too."""
    year = edition.declarations.year
    told = [(resource.name, resource.title, resource.description, _fields(resource)) for resource in resources]
    told += [(name, title, "", _FIELDS[name]) for name, title in _TITLES.items()]
    contents = [(year, name, f"{title}：{edition.title}", text or None) for name, title, text, _ in told]
    columns = [
        (year, name, column, meaning.title or None, meaning.description or None, meaning.unit or None)
        for name, _, _, fields in told
        for column, meaning in fields.items()
    ]
    beginning = [edition.title, edition.imprint.text, *(notice.text for notice in edition.notices)]
    legend = [(year, text) for text in (*beginning, *TABLE_LEGEND)]
    return {
        name: pl.DataFrame(
            rows, schema={key: pl.Int32 if key == "year" else pl.String for key in _FIELDS[name]}, orient="row"
        )
        for name, rows in ((CONTENTS, contents), (COLUMNS, columns), (LEGEND, legend))
    }


def _fields(resource: Resource) -> Mapping[str, Field]:
    return {name: resource.fields.get(name, Field()) for name in resource.table.columns}
