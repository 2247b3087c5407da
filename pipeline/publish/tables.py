"""The tables of a release, each as CSV and Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from pipeline.csv_files import csv_bytes
from pipeline.home import write_atomically
from pipeline.publish.document import constant, words
from pipeline.publish.open_data import (
    MARKS,
    MARKS_LEGEND,
    Edition,
    Field,
    Resource,
)
from pipeline.publish.plain_texts import plain_texts
from pipeline.warehouse.connect import connect
from pipeline.warehouse.disclosure import Mart, list_marts, public_columns, public_rows
from pipeline.warehouse.released import RELEASED_FIGURES
from schemas.questionnaire import Question, Questionnaire
from schemas.survey import Survey, YearDeclarations

SYNTHETIC = "デモ用の架空データ"
INTERNAL_PARQUET = {
    "answers": "stg_answers",
    "cells": "stg_cells",
    "contributions": "int_figure_contributions",
    "contribution_cells": "int_figure_contribution_cells",
    "figure_corrections": "fct_figure_corrections",
    "returns": "stg_returns",
}
INTERNAL_TABLES = {
    "findings": "quality_finding", "rule_outcomes": "quality_rule_outcome", "corrections": "stg_corrections",
}  # fmt: skip

FIGURE_FIELDS = {
    "year": Field("調査年", unit="年"),
    "figure_id": Field("数値の識別子", "年度が変わっても同じ数値には同じ語を用いる"),
    "published_id": Field("報告書での番号", "空欄は、番号を付けて印刷していない数値"),
    "section_id": Field("報告書の章の識別子"),
    "question_id": Field("設問の識別子", "比率と順位では空欄"),
    "question_ja": Field("設問"),
    "label_ja": Field("項目名"),
    "label_en": Field("項目名（英語）"),
    "operation": Field("求め方", "count＝該当する対象の数、sum＝合計、ratio＝分子÷分母、ranking＝多い順"),
    "grain": Field("数える対象", "municipality（市町村）など。比率と順位では空欄"),
    "value": Field("値", "端数処理前の値。単位はunit。順位では印刷した項目の数。分母が0の比率では空欄"),
    "display": Field("表示値", "端数処理をした値。順位では「」で囲んだ項目名を多い順に並べたもの"),
    "unit": Field("単位", "市町村数では、数えた市町村の種類を表す語（市町など）"),
    "numerator_id": Field("分子の数値の識別子", "比率だけ"),
    "denominator_id": Field("分母の数値の識別子", "比率だけ"),
    "numerator": Field("分子", "比率だけ。単位は分子の数値のunit"),
    "denominator": Field("分母", "比率だけ。単位は分母の数値のunit"),
    "rounding_mode": Field("端数処理", "half_up＝四捨五入、half_even＝偶数への丸め、down＝切捨て"),
    "rounding_digits": Field("小数点以下の桁数", unit="桁"),
    "reference": Field("基準日又は期間", "年-月-日。期間は初日/末日"),
    "population_count": Field("対象の数", "尋ねていないもの（非該当）を含む。比率と順位では空欄", "件"),
    "counted_count": Field(
        "数えた数", "選択肢の数値ではその選択肢を選んだもの、合計では数を答えたもの。比率と順位では空欄", "件"
    ),
    "unknown_count": Field("無回答・判読できない・未提出の数", "比率と順位では空欄", "件"),
    "assumed_count": Field("集計したもののうち、公開資料で確認できず仮定したものの数", "比率と順位では空欄", "件"),
    "corrected_count": Field("訂正した回答のセルの数", "比率と順位では、その基となる数値のものを含む", "セル"),
    "marks": Field("記号", f"{MARKS_LEGEND}。該当がないときは空欄"),
}
RANKING_FIELDS = {
    "year": Field("調査年", unit="年"),
    "figure_id": Field("順位の識別子"),
    "position": Field("順番", "値の大きい順。同じ値のものは調査票での順"),
    "candidate_id": Field("順位を付けた数値の識別子"),
    "candidate_ja": Field("順位を付けた項目名"),
    "value": Field("値", "単位はunit"),
    "unit": Field("単位"),
    "is_printed": Field("報告書に印刷したか"),
}
CODE_FIELDS = {
    "year": Field("調査年", unit="年"),
    "question_id": Field("設問の識別子"),
    "question_ja": Field("設問"),
    "option_order": Field("調査票での順"),
    "option_code": Field("選択肢のコード"),
    "label_ja": Field("選択肢"),
    "label_en": Field("選択肢（英語）"),
}
COMMON_FIELDS = {
    "year": Field("調査年", unit="年"),
    "municipality_code": Field("市町村コード", "検査数字を含む6桁"),
    "secretariat_code": Field("事務局の市町村コード", "検査数字を含む6桁"),
    "name": Field("市町村名"),
    "kind": Field("市町村の種類"),
    "area": Field("圏域", "空欄は圏域が分からないもの"),
    "status": Field(
        "回答の状態",
        "answered＝回答あり、not_chosen＝選択なし、missing＝無回答、not_asked＝非該当、unreadable＝判読できない、"
        "no_return＝未提出",
    ),
    "is_assumed": Field("仮定したものを含むか", "公開資料で確認できない登録や構成市町村を含むときtrue"),
    "question_id": Field("設問の識別子"),
    "question": Field("設問"),
    "option_code": Field("選択肢のコード"),
    "option_label": Field("選択肢"),
    "option_order": Field("調査票での順"),
    "is_chosen": Field("選択したか", "回答の状態がanswered以外のときもfalse"),
    "member_count": Field("構成市町村の数", unit="市町村"),
}

_FIGURES = """
    with assumed as (
        select figure_id, sum(case when is_counted and is_assumed then 1 else 0 end) as assumed_count
        from int_figure_contributions where year = $year group by figure_id
    ),
    corrected as (
        select figure_id, count(*) as corrected_count from fct_figure_corrections where year = $year group by figure_id
    )
    select
        cast(f.year as integer) as year, f.figure_id, f.published_id, f.section_id, f.label_ja, f.label_en,
        f.operation, f.grain, cast(f.value as double) as value, f.display, f.unit, f.numerator_id, f.denominator_id,
        f.numerator, f.denominator, f.rounding_mode, f.rounding_digits, f.reference, f.population_count,
        f.counted_count, f.unknown_count,
        case when f.operation in ('count', 'sum') then coalesce(a.assumed_count, 0) end as assumed_count,
        coalesce(c.corrected_count, 0) as corrected_count
    from fct_figures as f
    left join assumed as a on f.figure_id = a.figure_id
    left join corrected as c on f.figure_id = c.figure_id
    where f.year = $year
    order by f.figure_order, f.figure_id
"""
_RANKINGS = """
    select
        cast(r.year as integer) as year, r.figure_id, r.position, r.candidate_id, c.label_ja as candidate_ja, r.value,
        c.unit, r.is_printed
    from fct_rankings as r
    inner join fct_figures as f on r.year = f.year and r.figure_id = f.figure_id
    inner join fct_figures as c on r.year = c.year and r.candidate_id = c.figure_id
    where r.year = $year
    order by f.figure_order, r.position, r.candidate_id
"""


@dataclass(frozen=True)
class WrittenTables:
    """The tables of an edition that are public."""

    edition: Edition
    resources: tuple[Resource, ...]


def write_tables(
    warehouse: Path,
    survey: Survey,
    declarations: YearDeclarations,
    folder: Path,
    *,
    as_of: datetime,
    watermark: str | None = None,
    before: Path | None = None,
) -> WrittenTables:
    """Write the tables of the year into `folder/public` and `folder/internal`, as disclosure allows.

    `before` is the release of the same year that this one follows: figures that it had otherwise are marked as revised.
    `as_of` has a time zone and is the only time in any file. Equal content gives equal bytes. Raises DeclarationError for an
    unknown word of disclosure.
    """
    public, internal = folder / "public", folder / "internal"
    year, questionnaire = declarations.year, declarations.questionnaire
    with connect(warehouse, read_only=True) as connection:
        number = int(before.name.removeprefix("r")) + 1 if before else 1
        edition = replace(_edition(connection, declarations, as_of, watermark), number=number)
        figures, rankings = _figures(connection, edition, before), _rankings(connection, year)
        resources = [figures, rankings]
        for mart in _marts_at_hand(connection, survey):
            whole = _year_rows(connection, mart.name, year)
            allowed = public_columns(mart, whole.columns, questionnaire)
            part = _sorted(public_rows(whole, questionnaire), allowed)
            if allowed:
                resources.append(_mart_resource(mart, plain_texts(part), questionnaire))
            if part.shape != whole.shape:
                write_table(_mart_resource(mart, whole, questionnaire), internal, edition)
        resources.append(_codes(declarations))
        internal.mkdir(parents=True, exist_ok=True)
        for name, source in INTERNAL_PARQUET.items():
            _copy_rows(connection, source, year, internal / f"{name}.parquet", title=f"{name}：{edition.title}")
        for name, source in INTERNAL_TABLES.items():
            write_table(Resource(name, name, _year_rows(connection, source, year)), internal, edition)
    for resource in resources:
        write_table(resource, public, edition)
    return WrittenTables(edition, tuple(resources))


def _edition(
    connection: duckdb.DuckDBPyConnection, declarations: YearDeclarations, as_of: datetime, watermark: str | None
) -> Edition:
    returns = _year_rows(connection, "stg_returns", declarations.year)
    flags = [word for word in (watermark, SYNTHETIC if returns["is_synthetic"].any() else None) if word]
    received, expected = returns["municipality_code"].n_unique(), len(declarations.municipalities)
    notices = []
    if SYNTHETIC in flags:
        notices.append(words(f"{SYNTHETIC}です。実際の市町村の状況を示すものではありません。"))
    if received < expected:
        counts = constant(expected, "municipalities surveyed"), constant(received, "municipalities that answered")
        notices.append(words("調査対象の", counts[0], "市町村のうち、回答のあった", counts[1], "市町村の集計です。"))
    title = declarations.questionnaire.title.ja + "".join(f"（{word}）" for word in flags)
    return Edition(declarations, title, tuple(notices), as_of, is_provisional=received < expected or bool(watermark))


def _marts_at_hand(connection: duckdb.DuckDBPyConnection, survey: Survey) -> Iterator[Mart]:
    """The marts in the warehouse that have a year; one that no model declares is internal."""
    declared = list_marts(survey)
    names = connection.execute(
        "select table_name from information_schema.columns"
        " where column_name = 'year' and starts_with(table_name, 'mart_') order by table_name"
    ).fetchall()
    return (declared.get(name, Mart(name)) for (name,) in names)


def _year_rows(connection: duckdb.DuckDBPyConnection, table: str, year: int) -> pl.DataFrame:
    return _plain(connection.execute(f"select * from {table} where year = $year order by all", {"year": year}).pl())


def _copy_rows(connection: duckdb.DuckDBPyConnection, table: str, year: int, path: Path, *, title: str) -> None:
    """Write the year's rows without bringing them into this process: of a whole country, they take gigabytes there."""
    connection.execute(
        f"copy (select * from {table} where year = {year} order by all) to {_quoted(str(path))}"
        f" (format parquet, compression zstd, kv_metadata {{title: {_quoted(title)}}})"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sorted(table: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Only these columns, and rows in an order that follows from them alone."""
    part = table.select(columns)
    return part if part.columns == table.columns or not columns else part.sort(columns, nulls_last=True)


def _plain(table: pl.DataFrame) -> pl.DataFrame:
    """Sums come as 128-bit integers, which hardly any reader of Parquet knows: as 64-bit ones."""
    wide = [n for n, t in table.schema.items() if t == pl.Int128 or (isinstance(t, pl.Decimal) and t.scale == 0)]
    return table.with_columns(pl.col(wide).cast(pl.Int64))


def _figures(connection: duckdb.DuckDBPyConnection, edition: Edition, before: Path | None) -> Resource:
    declarations = edition.declarations
    table = _plain(connection.execute(_FIGURES, {"year": declarations.year}).pl())
    questions = {f.id: f.question for f in declarations.figures.values() if f.question}
    labels = {q.id: q.label.ja for q in declarations.questionnaire.questions.values()}
    table = table.with_columns(
        question_id=pl.col("figure_id").replace_strict(questions, default=None, return_dtype=pl.String)
    ).with_columns(
        question_ja=pl.col("question_id").replace_strict(labels, default=None, return_dtype=pl.String),
        marks=_marks(table, edition, before),
    )
    description = "比率と順位を含むすべての数値。1行が1つの数値"
    columns = table.select(list(FIGURE_FIELDS))
    return Resource("figures", "報告書の数値", columns, description, FIGURE_FIELDS, ("year", "figure_id"))


def _marks(table: pl.DataFrame, edition: Edition, before: Path | None) -> pl.Series:
    """The letters of `MARKS` that a figure bears, None where it bears none.

    A figure is revised also where its value is another one and is displayed alike; the number of those asked is never
    provisional.
    """
    columns = ("figure_id", "value", "display", "unit")
    known = {} if before is None else {
        row[0]: row[1:] for row in pl.read_parquet(before / RELEASED_FIGURES).select(columns).iter_rows()
    }  # fmt: skip
    rosters = {f.id for f in edition.declarations.figures.values() if f.question is None and f.operation == "count"}
    marks = []
    for figure_id, *published, count in table.select(*columns, "corrected_count").iter_rows():
        bears = {
            "r": known.get(figure_id, tuple(published)) != tuple(published),
            "p": edition.is_provisional and figure_id not in rosters, "c": count > 0,
        }  # fmt: skip
        marks.append("".join(mark for mark in MARKS if bears[mark]) or None)
    return pl.Series("marks", marks, dtype=pl.String)


def _rankings(connection: duckdb.DuckDBPyConnection, year: int) -> Resource:
    table = _plain(connection.execute(_RANKINGS, {"year": year}).pl())
    description = "多い順に並べた項目。1行が1つの順位の1つの項目"
    key = ("year", "figure_id", "candidate_id")
    return Resource("rankings", "順位", table, description, RANKING_FIELDS, key)


def _codes(declarations: YearDeclarations) -> Resource:
    rows = [
        (declarations.year, question.id, question.label.ja, number, option.code, option.label.ja, option.label.en)
        for question in declarations.questionnaire.questions.values()
        for number, option in enumerate(question.choices, start=1)
    ]
    types = [pl.Int32, pl.String, pl.String, pl.Int32, pl.String, pl.String, pl.String]
    table = pl.DataFrame(rows, schema=dict(zip(CODE_FIELDS, types, strict=True)), orient="row")
    key = ("year", "question_id", "option_code")
    return Resource("codes", "設問の選択肢とコード", table, "1行が1つの設問の1つの選択肢", CODE_FIELDS, key)


def _mart_resource(mart: Mart, table: pl.DataFrame, questionnaire: Questionnaire) -> Resource:
    fields = {name: _mart_field(mart, name, questionnaire) for name in table.columns}
    key = (
        mart.primary_key
        if set(mart.primary_key) <= set(table.columns) and not _has_blanks(table, mart.primary_key)
        else ()
    )
    return Resource(mart.name, mart.title or mart.name, table, mart.description, fields, key, mart.in_workbook)


def _has_blanks(table: pl.DataFrame, columns: Sequence[str]) -> bool:
    """Whether one of the columns is empty in a row, as an option's code where the row is about the question: no key in a CSV."""
    return any(
        table[name].null_count() > 0 or (table.schema[name] == pl.String and (table[name] == "").any())
        for name in columns
    )


def _mart_field(mart: Mart, name: str, questionnaire: Questionnaire) -> Field:
    """What the model says of the column; else what the question of that name says; else what is usual."""
    column, question = mart.columns.get(name), questionnaire.questions.get(name)
    usual = COMMON_FIELDS.get(name, Field())
    return Field(
        title=(column.title if column else "") or (question.label.ja if question else "") or usual.title,
        description=(column.description if column else "") or _codes_of(question) or usual.description,
        unit=(column.unit if column else "") or ((question.unit or "") if question else "") or usual.unit,
    )


def _codes_of(question: Question | None) -> str:
    """What the codes of a question with options mean."""
    return "、".join(f"{option.code}＝{option.label.ja}" for option in question.choices) if question else ""


def write_table(resource: Resource, folder: Path, edition: Edition, *, with_csv: bool = True) -> None:
    """Write a table as Parquet and, unless it is not asked for, as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    table = resource.table
    if with_csv:
        write_atomically(folder / f"{resource.name}.csv", csv_bytes(table.columns, table.iter_rows()))
    metadata = {"title": f"{resource.title}：{edition.title}"}
    table.write_parquet(folder / f"{resource.name}.parquet", compression="zstd", statistics=False, metadata=metadata)
