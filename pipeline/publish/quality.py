"""The page for auditors of a release, a 品質表示: what came in, what was judged, let pass, assumed and revised, by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import __version__
from pipeline.clock import JAPAN
from pipeline.collect.ledger import Receipt
from pipeline.japanese import era_date, era_year
from pipeline.publish.compare import Comparison
from pipeline.publish.digest import report_digest
from pipeline.publish.document import Run, Source, Words, constant, words
from pipeline.publish.errata import CAUSES
from pipeline.publish.render_html import render_template
from pipeline.publish.small_sets import telling_figures, telling_revisions
from pipeline.publish.standards.examine import Finding, Summary, summarise
from pipeline.publish.standards.items import VERDICTS as STANDARD_VERDICTS
from pipeline.publish.wording import POLICY_WORDS, ROUNDING_WORDS, SMALL_SETS
from schemas.survey import YearDeclarations
from schemas.waivers import Waiver

TOOLS = ("dagster", "pandera", "duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "polars", "python-calamine")
EVENTS = {
    "accepted": "受理", "rejected": "不受理", "duplicate": "重複", "unpacked": "展開", "reply": "照会への回答",
    "withdrawn": "取下げ",
}  # fmt: skip
SEVERITIES = {"error": "公表を止める", "warning": "確認を求める", "info": "参考"}
VERDICTS = {"passed": "合格", "refused": "不合格"}
FEW_FILES = 5
STATES = {"applied": "訂正した", "differs": "値が異なり訂正していない", "no_cell": "対象がなく訂正していない"}


@dataclass(frozen=True)
class Part:
    """A table of the page; without rows the page says that there is nothing of the kind.

    `is_public` says that it names nobody, and no answer that is not public.
    """

    heading: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    is_public: bool = False
    open_rows: int | None = None
    """So many rows are to be looked at; the others, where there are any, are in order."""


@dataclass(frozen=True)
class Record:
    """All that the page tells of: the gate's manifest, who released when, and what lies beside the figures."""

    declarations: YearDeclarations
    gate: dict[str, Any]
    release: str
    released_by: str
    as_of: datetime
    receipts: Sequence[Receipt]
    waivers: Sequence[Waiver]
    comparison: Comparison | None
    standards: Sequence[Finding] = ()


@dataclass(frozen=True)
class QualityPage:
    """The page as it is rendered."""

    title: Words
    notices: Sequence[Words]
    parts: Sequence[Part]


def compose_quality(record: Record, folder: Path, notices: Sequence[Words]) -> QualityPage:
    """Compose the page from the record and the tables of the release that lie in the folder."""
    tables = {
        name: pl.read_parquet(folder / "internal" / f"{name}.parquet")
        for name in ("rule_outcomes", "corrections", "findings", "contributions")
    }
    figures = pl.read_parquet(folder / "public" / "figures.parquet")
    parts = [
        _summary(record), _response(record), _receipts(record), _corrections(record, tables["corrections"]),
        _rules(tables["rule_outcomes"]), _waivers(record, tables["findings"]), _ratios(figures), _unknowns(figures), _assumed(record),
        _policy(record), _small_sets(record, tables["contributions"]), _revisions(record), _standards(record), _inputs(record), _tools(),
    ]  # fmt: skip
    title = f"{record.declarations.questionnaire.title.ja}　{era_year(record.declarations.year)}度　第{record.release[1:]}版"
    return QualityPage(words(constant(title, "title, year and release"), "　品質表示"), notices, parts)


def render_quality(page: QualityPage) -> str:
    """Return the page as HTML."""
    return render_template("quality.html", page=page)


def quality_lines(page: QualityPage) -> list[Words]:
    """The words of every element of the page that holds text, in their order; a cell's source is its part, row and column."""
    lines = [page.title, *page.notices, page.title, *(words(part.heading) for part in page.parts)]
    for number, part in enumerate(page.parts, start=1):
        lines.append(words(constant(number, "heading number"), f"　{part.heading}"))
        lines += [words(constant(part.note, "note"))] if part.note else []
        lines += (
            [words(constant(head, "head of a column")) for head in part.header] if part.rows else [words("該当なし")]
        )
        lines += [
            words(Run("" if value is None else str(value), Source("mart", f"{part.heading} {line}:{column}")))
            for line, row in enumerate(part.rows, start=1)
            for column, value in zip(part.header, row, strict=True)
        ]
    return lines


def _names(record: Record) -> dict[str, str]:
    return {municipality.code: municipality.name for municipality in record.declarations.municipalities}


def moment_words(moment: datetime) -> str:
    """A moment in Japan's time as 令和7年6月20日 9:00."""
    local = moment.astimezone(JAPAN)
    return f"{era_date(local.date())} {local.hour}:{local.minute:02}"


def _summary(record: Record) -> Part:
    gate = record.gate
    rows = [
        ("公表の版", f"第{record.release[1:]}版（{record.release}）"),
        ("公表した日時", moment_words(record.as_of)),
        ("公表した人", record.released_by),
        ("調査の基準日", era_date(record.declarations.questionnaire.reference_date)),
        ("調査票の版", record.declarations.questionnaire.version),
        ("公表前審査", VERDICTS[gate["verdict"]]),
        ("数値", f"{gate['figures_declared']}（うち別の計算で確かめたもの {gate['figures_recalculated']}）"),
        ("数値の関係", f"{gate['relations_declared']}（うち判定したもの {gate['relations_judged']}）"),
        ("うち確認できない部分のある関係", str(gate["relations_unverifiable"])),
        ("照合番号", report_digest(gate)),
    ]
    return Part("公表の概要", ("項目", "内容"), rows)


def _response(record: Record) -> Part:
    gate, names = record.gate, _names(record)
    received, expected = gate["returns_received"], gate["returns_expected"]
    missing = [name for code, name in names.items() if code not in gate["inputs"]["returns"]]
    rows = [
        ("調査対象の市町村", str(expected)),
        ("回答した市町村", str(received)),
        ("回収率", f"{100 * received / expected:.1f}％" if expected else "－"),
        ("未提出の市町村", "、".join(missing) or "なし"),
        ("差し替えのあった市町村", str(len({r.municipality_code for r in record.receipts if r.supersedes}))),
    ]
    return Part("回収の状況", ("項目", "内容"), rows, is_public=True)


def _receipts(record: Record) -> Part:
    names = _names(record)
    rows = [
        (
            moment_words(datetime.fromisoformat(receipt.received_at)), names.get(receipt.municipality_code or "", ""), receipt.file_name,
            EVENTS[receipt.event], receipt.message or ("前の回答と差し替え" if receipt.supersedes else ""),
            receipt.sha256,
        )
        for receipt in sorted(record.receipts, key=lambda r: (r.received_at, r.municipality_code or "", r.file_name))
    ]  # fmt: skip
    return Part("受付の記録", ("受付日時", "市町村", "ファイル", "結果", "備考", "SHA-256"), rows)


def _corrections(record: Record, table: pl.DataFrame) -> Part:
    names = _names(record)
    rows = [
        (
            row["correction_id"], names.get(row["municipality_code"], row["municipality_code"]),
            f"{row['sheet']}!{row['address']}", row["found_text"], row["corrected_text"], STATES[row["state"]],
            row["reason"], row["authority"], f"{era_date(row['granted'])}～{era_date(row['expires'])}",
        )
        for row in table.to_dicts()
    ]  # fmt: skip
    header = ("識別子", "市町村", "セル", "送られた値", "読み替えた値", "結果", "理由", "決定者", "有効期間")
    return Part("回答の訂正", header, rows)


def _rules(table: pl.DataFrame) -> Part:
    is_open = (pl.col("fail_count") > 0) | (pl.col("unverifiable_count") > 0)
    ordered = table.sort(~is_open, "owner", "rule_id")
    rows = [
        (
            row["rule_id"], row["statement"], SEVERITIES[row["severity"]], row["owner"], row["pass_count"],
            row["fail_count"], row["unverifiable_count"],
        )
        for row in ordered.to_dicts()
    ]  # fmt: skip
    header = ("規則", "内容", "重要度", "判定した仕組み", "合格", "不合格", "確認不能")
    count = int(table.select(is_open.sum()).item())
    told = f"規則{len(rows)}のうち、不合格又は確認できないもののあるもの{count}を先に掲げる。"
    return Part("検査の結果", header, rows, told, is_public=True, open_rows=count)


def _waivers(record: Record, findings: pl.DataFrame) -> Part:
    names, waived = _names(record), record.gate["waived"]
    rows = [
        (
            waiver.id, names.get(finding["municipality_code"], ""), finding["message"], finding["finding_id"],
            waiver.reason, waiver.authority, f"{era_date(waiver.granted)}～{era_date(waiver.expires)}",
        )
        for waiver in record.waivers
        for finding in findings.sort("finding_id").to_dicts()
        if waiver.id in waived.get(finding["finding_id"], "").split(", ")
    ]  # fmt: skip
    header = ("識別子", "市町村", "対象の指摘", "指摘の識別子", "理由", "決定者", "有効期間")
    return Part("承認済みの例外", header, rows)


def _ratios(figures: pl.DataFrame) -> Part:
    labels = dict(figures.select("figure_id", "label_ja").iter_rows())
    rows = [
        (
            row["published_id"], row["label_ja"], f"{row['display']}{row['unit']}",
            f"{labels[row['numerator_id']]} {row['numerator']}", f"{labels[row['denominator_id']]} {row['denominator']}",
            f"小数第{row['rounding_digits'] + 1}位を{ROUNDING_WORDS[row['rounding_mode']]}",
        )
        for row in figures.filter(pl.col("operation") == "ratio").to_dicts()
    ]  # fmt: skip
    return Part("分母と端数処理", ("番号", "比率", "表示値", "分子", "分母", "端数処理"), rows, is_public=True)


def _unknowns(figures: pl.DataFrame) -> Part:
    uncertain = figures.filter((pl.col("unknown_count") > 0) | (pl.col("assumed_count") > 0))
    columns = (
        "published_id", "question_ja", "label_ja", "display", "population_count", "counted_count", "unknown_count", "assumed_count",
        "marks",
    )  # fmt: skip
    header = ("番号", "設問", "数値", "表示値", "対象の数（非該当を含む）", "数えた数", "無回答等", "仮定", "記号")
    return Part("無回答等又は仮定を含む数値", header, list(uncertain.select(columns).iter_rows()), is_public=True)


def _assumed(record: Record) -> Part:
    reference, names = record.declarations.reference, _names(record)
    on = record.declarations.questionnaire.reference_date
    entities = {entity.entity_id: entity for entity in reference.register if entity.is_valid(on)}
    rows = [(e.name, "名称等", e.source) for e in entities.values() if e.status == "assumed"]
    rows += [
        (entities[m.entity_id].name, f"構成市町村 {names.get(m.code, m.code)}", m.source)
        for m in reference.register_members
        if m.status == "assumed" and m.is_valid(on) and m.entity_id in entities
    ]
    return Part("公開資料で確認できず仮定した登録", ("登録", "仮定した事項", "出所"), rows, is_public=True)


def _policy(record: Record) -> Part:
    """What questions declare, and the decision on sets so small that they tell the answer of one municipality."""
    questionnaire = record.declarations.questionnaire
    levels = Counter(question.disclosure for question in questionnaire.questions.values())
    rows = [(f"{words_of}設問", f"{levels[level]}問") for level, words_of in POLICY_WORDS.items()]
    policy = questionnaire.disclosure_policy
    if policy is None:
        rows.append(("少数の集合の扱い", "決定がないため、数えた市町村の種類を単位の語で示さない"))
    else:
        rows += [
            ("少数の集合の扱い", SMALL_SETS[policy.small_sets]), ("決定した者", policy.decided_by),
            ("決定した日", era_date(policy.decided_on)), ("理由", policy.reason),
        ]  # fmt: skip
    return Part("公開の方針", ("項目", "内容"), rows, is_public=True)


def _small_sets(record: Record, contributions: pl.DataFrame) -> Part:
    rows = [
        (figure.published_id or figure.id, record.declarations.questionnaire.questions[str(figure.question)].label.ja, figure.label.ja,
         told, treatment)
        for figure, told, treatment in (
            *telling_figures(record.declarations, contributions), *telling_revisions(record.declarations, record.comparison)
        )
    ]  # fmt: skip
    note = (
        "集計した値だけを公表する設問の数値のうち、値、単位の語又は前の版との差から、一つの市町村の回答が分かるもの。"
    )
    return Part("一つの市町村の回答が分かる数値", ("番号", "設問", "項目名", "分かること", "扱い"), rows, note)


def _revisions(record: Record) -> Part:
    changes = record.comparison.figures if record.comparison else ()
    rows = [
        (
            change.published_id, change.label, change.before or "（なし）", change.after or "（なし）",
            "、".join(f"{CAUSES[cause.kind][0]} {cause.subject}".strip() for cause in change.causes),
        )
        for change in changes
    ]  # fmt: skip
    compared = (
        f"第{record.comparison.before.rpartition('r')[2]}版と比べたもの。"
        if record.comparison
        else "この年の最初の公表である。"
    )
    return Part("前回の公表からの改訂", ("番号", "数値", "改訂前", "改訂後", "原因"), rows, compared)


def _standards(record: Record) -> Part:
    rows = [
        (
            line.standard.title, line.item.number, line.item.statement, STANDARD_VERDICTS[line.verdict],
            _files(line), "".join(line.reasons),
        )
        for line in summarise(record.standards)
    ]  # fmt: skip
    header = ("基準", "番号", "内容", "結果", "ファイル", "理由")
    note = (
        "公開する統計表を、基準の項目ごとに調べた結果。閲覧用の統計表は、紙で読むためのものなので、総務省の基準では調べない。"
        "結果の異なるファイルがある項目は、最も重い結果とそのファイルを掲げる。"
    )
    return Part("統計表の表記の基準", header, rows, note, is_public=True)


def _files(line: Summary) -> str:
    """The files of an item's weightiest verdict: how many where they are all or many, else their names."""
    names, count = line.files[line.verdict], sum(map(len, line.files.values()))
    if len(names) == count > 1:
        return f"調べた{count}ファイルすべて"
    if len(names) > FEW_FILES:
        return f"{'、'.join(names[:FEW_FILES])}ほか{len(names) - FEW_FILES}（調べた{count}ファイルのうち）"
    return "、".join(names)


def _inputs(record: Record) -> Part:
    inputs = record.gate["inputs"]
    rows = [
        ("すべての入力", record.gate["fingerprint"]),
        ("プログラム", inputs["code"]),
        ("固定した部品", inputs["lock"]),
    ]
    rows += [(f"定義 {path}", sha256) for path, sha256 in sorted(inputs["declarations"].items())]
    rows += [
        (f"{era_year(int(year))}度の公表版", said["manifest"])
        for year, said in sorted(inputs["earlier_releases"].items())
    ]
    decisions = {"corrections": "回答の訂正", "waivers": "承認済みの例外"}
    rows += [(words, inputs[name]) for name, words in decisions.items() if inputs[name]]
    return Part("入力の照合", ("入力", "SHA-256"), rows, is_public=True)


def _tools() -> Part:
    rows = [("Kyogikai", __version__), *((name, version(name)) for name in TOOLS)]
    return Part("使用したソフトウェア", ("名称", "版"), rows, is_public=True)
