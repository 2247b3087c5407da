"""What goes with published tables so that a stranger can use them: datapackage.json and README.txt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.clock import JAPAN
from pipeline.home import write_atomically
from pipeline.japanese import era_date
from pipeline.publish.document import Words, constant, words
from pipeline.publish.imprint import imprint
from schemas.survey import YearDeclarations

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}

MARKS = {
    "r": "同じ年の前回の公表から改めた値",
    "p": "回答のそろっていない時点の暫定値",
    "c": "市町村に確かめて訂正した回答に基づく値",
}
"""What the letters beside a figure mean."""
MARKS_LEGEND = "、".join(f"{mark}＝{meaning}" for mark, meaning in MARKS.items())

UNDEFINED_LEGEND = "「－」は、割る数がなく計算できないことを表します。"

CSV_LEGEND = (
    "CSVの文字コードはUTF-8（BOM付き）、改行はCRLFで、1行目は項目名です。各項目の意味はdatapackage.jsonとcsv-metadata.jsonにあります。",
    "同じ名前のCSVとParquetの内容は同じです。",
    "数式とみなされる文字（= + - @ など）で始まる文字列には、CSVに限り先頭に「'」を付けています。",
)
"""What concerns the files alone."""
TABLE_LEGEND = (
    "空欄は値がないこと（対象外、無回答、計算できない等）を表し、0（零）とは異なります。",
    "市町村コード（municipality_codeなど）は、検査数字を含む6桁の文字列です。",
    "選択肢のコードの意味はcodesの表にあります。「.」を含むコードは、表形式の設問の行と列の組合せです。",
    "trueは「はい」、falseは「いいえ」です。",
    "status：answered＝回答あり、not_chosen＝選択なし、missing＝無回答、not_asked＝非該当、unreadable＝判読できない、no_return＝未提出",
    "position：値の大きい順に並べた番号。同じ値のものは調査票での順です。項目の説明に「同順位」とある列では、同じ値に同じ順位を付けています。",
    "operation：count＝該当する対象の数、sum＝合計、ratio＝分子÷分母、ranking＝多い順",
    "rounding_mode：half_up＝四捨五入、half_even＝偶数への丸め、down＝切捨て。valueは丸める前、displayは丸めた後の値です。",
    UNDEFINED_LEGEND,
    "reference：基準日（年-月-日）又は期間（初日/末日）。期間が異なる年度の値は、合計したり比べたりできないことがあります。",
    "assumed_count、is_assumed：名称や構成市町村を公開資料で確認できず、仮定したものの数・有無です。",
    f"marks（記号）：{MARKS_LEGEND}",
)
"""What values mean, wherever they stand."""
LEGEND = (*CSV_LEGEND[:2], *TABLE_LEGEND, CSV_LEGEND[2])


@dataclass(frozen=True)
class Field:
    """What a column means, in Japanese; `unit` is empty where values have none or another column tells it."""

    title: str = ""
    description: str = ""
    unit: str = ""

    @property
    def comment(self) -> str:
        """All of it in one line."""
        unit = f"（単位：{self.unit}）" if self.unit else ""
        return "。".join(filter(None, (f"{self.title}{unit}", self.description)))


@dataclass(frozen=True)
class Resource:
    """A table with what it and its columns mean; `primary_key` is empty where none is declared.

    One that is not `in_workbook` is too long for people to scroll through, and stands in the other files alone.
    """

    name: str
    title: str
    table: pl.DataFrame
    description: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    in_workbook: bool = True


@dataclass(frozen=True)
class Edition:
    """What every table of one writing says of itself. `title` holds the word for synthetic data and the watermark.

    `number` counts the releases of the year.
    """

    declarations: YearDeclarations
    title: str
    notices: tuple[Words, ...]
    as_of: datetime
    is_provisional: bool = False
    number: int = 1

    @property
    def imprint(self) -> Words:
        """Which release it is, when it is published, and by whom."""
        published = imprint(self.declarations, self.as_of)
        return words("第", constant(self.number, "number of the release"), "版　", *published.runs)


def write_data_package(folder: Path, resources: Sequence[Resource], edition: Edition) -> dict[str, Any]:
    """Write datapackage.json (Data Package 2.0) over the CSV files that stand in the folder; returns what it says."""
    declarations = edition.declarations
    questionnaire = declarations.questionnaire
    package: dict[str, Any] = {
        "$schema": PROFILE,
        "name": f"{questionnaire.survey}-{declarations.year}",
        "title": edition.title,
        "description": "\n".join(notice.text for notice in edition.notices),
        "version": f"{declarations.year}-r{edition.number}",
        "created": edition.as_of.isoformat(),
        "sources": [{"title": f"{questionnaire.title.ja}（調査票 {questionnaire.version}）"}],
        "contributors": [{"title": questionnaire.sender, "roles": ["publisher"]}],
        "resources": [_describe(folder, resource, edition) for resource in resources],
    }
    text = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    write_atomically(folder / "datapackage.json", text.encode())
    return package


def _describe(folder: Path, resource: Resource, edition: Edition) -> dict[str, Any]:
    content = (folder / f"{resource.name}.csv").read_bytes()
    schema: dict[str, Any] = {
        "fields": [
            _describe_field(name, dtype, resource.fields.get(name, Field()))
            for name, dtype in resource.table.schema.items()
        ],
        "missingValues": [""],
    }
    if resource.primary_key:
        schema["primaryKey"] = list(resource.primary_key)
    described = {
        "name": resource.name,
        "type": "table",
        "path": f"{resource.name}.csv",
        "title": f"{resource.title}：{edition.title}",
        "description": resource.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": DIALECT,
        "schema": schema,
    }
    return {key: value for key, value in described.items() if value != ""}


def _describe_field(name: str, dtype: pl.DataType, meaning: Field) -> dict[str, str]:
    described = {
        "name": name,
        "type": _field_type(dtype),
        "title": meaning.title,
        "description": meaning.description,
        "unit": meaning.unit,
    }
    return {key: value for key, value in described.items() if value}


def _field_type(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "number"
    named = {pl.Boolean: "boolean", pl.Date: "date", pl.Datetime: "datetime", pl.String: "string"}
    return next((word for kind, word in named.items() if dtype == kind), "any")


def write_readme(folder: Path, lines: Sequence[Words]) -> None:
    """Write README.txt of these lines."""
    write_atomically(folder / "README.txt", "".join(f"{line.text}\n" for line in lines).encode())


def readme_lines(resources: Sequence[Resource], edition: Edition) -> list[Words]:
    """What stands in README.txt, and what is behind it: what is in each file, and how to read it."""
    questionnaire = edition.declarations.questionnaire
    is_revision = any(resource.name == "errata" for resource in resources)
    left_out = "、".join(resource.name for resource in resources if not resource.in_workbook)
    but = f"。行の多い{left_out}を除きます" if left_out else ""
    made = constant(era_date(edition.as_of.astimezone(JAPAN).date()), "day of the release")
    files = [
        "report.docx、report.html、report.pdf、report.txt　報告書（内容は同じ）",
        "site/index.html　報告書の数値から、その意味、数えた市町村、元になったセルをたどれるサイト",
        *(
            ["errata.docx、errata.html、errata.pdf、errata.txt　前回の公表からの正誤表（内容は同じ）"]
            if is_revision
            else []
        ),
        "tables_for_reading.xlsx　閲覧用の統計表（A4判で印刷できます）",
        f"tables_for_machines.xlsx　機械判読用の統計表（1シートに1表{but}。contents、columns、legendのシートに目次、項目の説明、凡例）",
        f"kyogikai_{edition.declarations.year}.duckdb　下の表をすべて収めたDuckDBのデータベース",
        "datapackage.json　表と項目の説明（Data Package 2.0）",
        "csv-metadata.json　CSVの項目、型、主キー等の説明（CSV on the Web）",
        *(f"{resource.name}.csv、{resource.name}.parquet　{resource.title}" for resource in resources),
    ]
    return [
        words(constant(edition.title, "title")), *edition.notices, words(),
        words("版：第", constant(edition.number, "number of the release"), "版"),
        words("公表日：", made),
        words("調査の基準日：", constant(era_date(questionnaire.reference_date), "reference_date")),
        words("調査票の版：", constant(questionnaire.version, "version of the questionnaire")),
        words("公表者：", constant(questionnaire.sender, "sender")), words(),
        words("■ ファイル"), *(words(constant(line, "names of files")) for line in files), words(),
        words("■ 凡例"), *(words("・", constant(line, "legend")) for line in LEGEND),
    ]  # fmt: skip
