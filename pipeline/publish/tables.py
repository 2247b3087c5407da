"""The tabular files of a release: CSV, Parquet, workbooks, a DuckDB file and their metadata."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.home import write_atomically
from pipeline.publish.disclosure import list_marts
from pipeline.publish.workbooks import write_machine_workbook, write_reading_workbook
from schemas.survey import Survey, YearDeclarations

INTERNAL_TABLES = {
    "answers": "stg_answers",
    "cells": "stg_cells",
    "contributions": "int_figure_contributions",
    "contribution_cells": "int_figure_contribution_cells",
    "findings": "quality_finding",
    "rule_outcomes": "quality_rule_outcome",
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
SYNTHETIC = "デモ用の架空データ"


@dataclass(frozen=True)
class Resource:
    """A published table with what its columns mean."""

    name: str
    description: str
    table: pl.DataFrame
    columns: dict[str, str]


def write_tables(
    warehouse: Path, survey: Survey, declarations: YearDeclarations, folder: Path, *, as_of: datetime
) -> None:
    """Write the tables of the year into `folder/public` and `folder/internal`, as each mart's disclosure allows."""
    public, internal = folder / "public", folder / "internal"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        is_synthetic = bool(_year_rows(connection, "stg_returns", declarations.year)["is_synthetic"].any())
        resources = [_figures(connection, declarations.year), _rankings(connection, declarations.year)]
        for mart in list_marts(survey):
            table = _year_rows(connection, mart.name, declarations.year)
            resource = Resource(mart.name, mart.description, table, mart.columns)
            if mart.is_public:
                resources.append(resource)
            else:
                _write_resource(resource, internal)
        for name, source in INTERNAL_TABLES.items():
            table = _year_rows(connection, source, declarations.year)
            _write_resource(Resource(name, source, table, {}), internal)
    for resource in resources:
        _write_resource(resource, public)
    title = f"{declarations.questionnaire.title.ja}{f'（{SYNTHETIC}）' if is_synthetic else ''}"
    write_reading_workbook(public / "tables_for_reading.xlsx", title, declarations, resources[0].table, as_of)
    write_machine_workbook(public / "tables_for_machines.xlsx", {r.name: r.table for r in resources}, as_of)
    _write_duckdb(public / f"kyogikai_{declarations.year}.duckdb", resources)
    package = _data_package(resources, declarations, title, as_of)
    text = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    write_atomically(public / "datapackage.json", text.encode())
    write_atomically(public / "README.txt", _readme(resources, title).encode())


def _year_rows(connection: duckdb.DuckDBPyConnection, table: str, year: int) -> pl.DataFrame:
    return connection.execute(f"select * from {table} where year = ? order by all", [year]).pl()


def _figures(connection: duckdb.DuckDBPyConnection, year: int) -> Resource:
    table = connection.execute(
        "select year, figure_id, published_id, section_id, label_ja, label_en, operation, grain, value, display, unit,"
        " numerator_id, denominator_id, numerator, denominator, rounding_mode, rounding_digits, reference,"
        " population_count, counted_count, unknown_count from fct_figures where year = ? order by figure_order",
        [year],
    ).pl()
    columns = {
        "figure_id": "数値の識別子",
        "published_id": "報告書での番号",
        "label_ja": "表示名",
        "value": "値（端数処理前）",
        "display": "表示値",
        "unit": "単位",
        "reference": "基準日または期間",
        "population_count": "対象数",
        "counted_count": "集計数",
        "unknown_count": "無回答・未提出等の数",
    }
    return Resource("figures", "報告書のすべての数値", table, columns)


def _rankings(connection: duckdb.DuckDBPyConnection, year: int) -> Resource:
    return Resource("rankings", "順位", _year_rows(connection, "fct_rankings", year), {"position": "順位"})


def _write_resource(resource: Resource, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{resource.name}.csv", csv_bytes(resource.table.columns, resource.table.iter_rows()))
    resource.table.write_parquet(folder / f"{resource.name}.parquet", compression="zstd", statistics=False)


def csv_bytes(header: list[str], rows: Iterable[tuple[Any, ...]]) -> bytes:
    """CSV as Excel expects it in Japan: UTF-8 with BOM, CRLF; a text that would become a formula is disarmed."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_csv_value(value) for value in row])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _csv_value(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _write_duckdb(path: Path, resources: list[Resource]) -> None:
    path.unlink(missing_ok=True)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as release (storage_version 'v1.0.0')")
        for resource in resources:
            connection.register("incoming", resource.table.to_arrow())
            connection.execute(f"create table release.{resource.name} as select * from incoming")
            connection.unregister("incoming")
        connection.execute("detach release")


def content_hash(path: Path) -> str:
    """SHA-256 over every row of every table of a DuckDB file, whatever its bytes: the file's own layout may differ."""
    digest = hashlib.sha256()
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'main' order by 1"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"select * from {table} order by all").pl()
            digest.update(table.encode())
            digest.update(csv_bytes(rows.columns, rows.iter_rows()))
    return digest.hexdigest()


_TYPES: dict[Any, str] = {pl.Boolean: "boolean", pl.Date: "date", pl.Float64: "number", pl.String: "string"}


def _data_package(
    resources: list[Resource], declarations: YearDeclarations, title: str, as_of: datetime
) -> dict[str, Any]:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"{declarations.questionnaire.survey}-{declarations.year}",
        "title": title,
        "version": declarations.questionnaire.version,
        "created": as_of.isoformat(),
        "sources": [{"title": title}],
        "resources": [
            {
                "name": resource.name.replace("_", "-"),
                "path": f"{resource.name}.csv",
                "type": "table",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "description": resource.description,
                "schema": {
                    "fields": [
                        {
                            "name": name,
                            "type": _TYPES.get(dtype, "integer"),
                            "description": resource.columns.get(name, ""),
                        }
                        for name, dtype in resource.table.schema.items()
                    ]
                },
            }
            for resource in resources
        ],
    }


def _readme(resources: list[Resource], title: str) -> str:
    lines = [title, "", "report.docx / report.html / report.txt　報告書", "tables_for_reading.xlsx　閲覧用の統計表",
             "tables_for_machines.xlsx　機械判読用の統計表", "datapackage.json　各表の項目の説明", ""]  # fmt: skip
    lines += [f"{resource.name}.csv / .parquet　{resource.description}" for resource in resources]
    return "\n".join(lines) + "\n"
