"""Judging what arrived: one return for each municipality, and what was rejected or sent twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl

from pipeline.collect.ledger import Receipt, current_returns
from pipeline.collect.names import RosterNames
from pipeline.collect.recognise import BY_CODE_COLUMN, BY_SHEET, roster_names
from pipeline.collect.table_rows import ROWS_LACKING
from pipeline.validate.file_formats import judge_formats
from pipeline.validate.judged import Judged, Judgements
from schemas.labels import Severity
from schemas.pandera_schemas import judge
from schemas.survey import YearDeclarations

MISSING_RETURN = "return.missing"
FILE_NAME, RECOGNISED = "return.file_name", "return.recognised"
LOST_CORRECTIONS = (
    "wrong-version",
    "altered-identity",
    "unclear-row",
    "same-municipality-twice",
    "code-and-name-differ",
)
"""A form of this year that could not be taken: what it says would be lost, unless the municipality has sent another."""
UNREADABLE = (
    "damaged", "encrypted", "encrypted-or-old", "binary-workbook", "empty-file", "no-access", "too-large",
    "too-many-cells", "expands-too-far", "xml-entities", "damaged-zip", "cut-table",
    "nested-zip", "empty-zip", "unsafe-name", "same-name",
)  # fmt: skip
"""A workbook that could not be opened: where its municipality's answer is at hand, it may hold what corrects that."""


def judge_receipts(
    receipts: Sequence[Receipt], returns: pl.DataFrame, declarations: YearDeclarations, into: Judgements
) -> None:
    """Judge the ledger of a year against the roster."""
    own = _last_of_each([receipt for receipt in receipts if receipt.year == declarations.year])
    names = roster_names(declarations)
    _judge_missing(returns, own, declarations, into)
    _judge_file_names(returns, names, into)
    _judge_evidence(own, names, into)
    judge_formats(returns, into)
    _judge_rows_of_tables(own, into)
    last_accepted = {receipt.municipality_code: receipt.seq for receipt in own if receipt.event == "accepted"}
    for receipt in own:
        if receipt.event == "accepted":
            if receipt.supersedes:
                _tell_superseded(receipt, own, into)
            continue
        if receipt.event == "withdrawn":
            _tell_withdrawn(receipt, own, into)
        if receipt.event in ("reply", "withdrawn", "unpacked"):
            continue
        code = sender_of(receipt, names)
        last = last_accepted.get(code, 0)
        severity: Severity = "info" if receipt.reason == "same-bytes" else "warning"
        if receipt.seq > last and (receipt.reason in LOST_CORRECTIONS or (last and receipt.reason in UNREADABLE)):
            severity = "error"
        rule_id = f"collect.{receipt.reason}"
        statement = "届いたファイルは今年度の調査票として受け付けられる"
        into.count(rule_id, severity, statement, ["fail"])
        place = f"{receipt.file_name}!{receipt.cell}" if receipt.cell else receipt.file_name
        into.doubt(Judged(
            rule_id, severity, 1, statement, "fail",
            f"ファイル「{receipt.file_name}」：{receipt.message}", code, None, None, [place],
            _file_key(receipt),
        ))  # fmt: skip


def _judge_rows_of_tables(own: Sequence[Receipt], into: Judgements) -> None:
    """A table that lacks rows may have been cut; a newer one says more."""
    tables = [receipt for receipt in own if receipt.event == "unpacked" and receipt.format not in (None, "zip")]
    if not tables:
        return
    rule_id, statement = f"collect.{ROWS_LACKING}", "回答の一覧表に調査対象のすべての市町村の行がある"
    last = tables[-1]
    verdict = "fail" if last.reason == ROWS_LACKING else "pass"
    into.count(rule_id, "warning", statement, [verdict])
    if verdict == "fail":
        into.doubt(Judged(
            rule_id, "warning", 1, statement, verdict, f"ファイル「{last.file_name}」：{last.message}",
            cells=[last.file_name], subject=_file_key(last),
        ))  # fmt: skip


def _last_of_each(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Without those of a file of which something else was said later, as when a password was added."""
    last = {(receipt.file_name, receipt.sha256): receipt.seq for receipt in receipts}
    return [receipt for receipt in receipts if last[receipt.file_name, receipt.sha256] == receipt.seq]


def _tell_superseded(receipt: Receipt, own: Sequence[Receipt], into: Judgements) -> None:
    """A newer return counts; which one it replaces is told, for somebody else may have filled in the form."""
    rule_id, statement = "return.superseded", "差し替えられた回答がない"
    before = next(r.file_name for r in reversed(own[: own.index(receipt)]) if r.sha256 == receipt.supersedes)
    into.count(rule_id, "info", statement, ["fail"])
    into.doubt(Judged(
        rule_id, "info", 1, statement, "fail",
        f"ファイル「{receipt.file_name}」を、先に届いた「{before}」に代わる回答として用いています。",
        receipt.municipality_code, None, None, [receipt.file_name], _file_key(receipt),
    ))  # fmt: skip


def _tell_withdrawn(receipt: Receipt, own: Sequence[Receipt], into: Judgements) -> None:
    rule_id, statement = "return.withdrawn", "取り下げられた回答がない"
    into.count(rule_id, "info", statement, ["fail"])
    into.doubt(Judged(
        rule_id, "info", 1, statement, "fail",
        f"ファイル「{receipt.file_name}」の回答は取り下げられました（{receipt.by}：{receipt.message}）。",
        receipt.municipality_code, None, None, [receipt.file_name], _file_key(receipt),
    ))  # fmt: skip


def _file_key(receipt: Receipt) -> str:
    """A receipt's name and bytes as eight characters: no two receipts of a year have both in common."""
    return hashlib.sha256(f"{receipt.file_name}\0{receipt.sha256}".encode()).hexdigest()[:8]


def _judge_file_names(returns: pl.DataFrame, names: RosterNames, into: Judgements) -> None:
    """A file that is named after another municipality may have been filled into the wrong form."""
    statement = "ファイル名が他の市町村だけを指していない"
    for code, file_name in returns.select("municipality_code", "file_name").iter_rows():
        named = names.named(file_name)
        verdict = "fail" if named and code not in named else "pass"
        into.count(FILE_NAME, "warning", statement, [verdict])
        if verdict == "fail":
            others = "、".join(names.names[other] for other in sorted(named))
            into.doubt(Judged(
                FILE_NAME, "warning", 1, statement, verdict,
                f"ファイル「{file_name}」は{others}の名称ですが、中の調査票は{names.names[code]}のものです。"
                "他の市町村の調査票に記入していないか確認してください。",
                code, cells=[file_name],
            ))  # fmt: skip


def _judge_evidence(own: Sequence[Receipt], names: RosterNames, into: Judgements) -> None:
    """A return that was recognised without its sheet of identity counts, and is told with what showed whose it is."""
    statement = "回答がどの市町村のものかを識別シート又は回答一覧の団体コードが示している"
    for code, receipt in current_returns(own, own[-1].year if own else 0).items():
        shown = receipt.evidence or (BY_SHEET,)
        verdict = "pass" if any(word.startswith((BY_SHEET, BY_CODE_COLUMN)) for word in shown) else "fail"
        into.count(RECOGNISED, "warning", statement, [verdict])
        if verdict == "fail":
            into.doubt(Judged(
                RECOGNISED, "warning", 1, statement, verdict,
                f"ファイル「{receipt.file_name}」には識別シートがありません。{'、'.join(shown)}から"
                f"{names.names[code]}の回答として受け付けました。間違いないか確認してください。",
                code, cells=[receipt.file_name],
            ))  # fmt: skip


def rejected_files(receipts: Sequence[Receipt], declarations: YearDeclarations) -> dict[str, Receipt]:
    """The last rejected file of every municipality that it says it is of or, where it says nothing, is named after alone."""
    files: dict[str, Receipt] = {}
    names = roster_names(declarations)
    for receipt in _last_of_each(receipts):
        if receipt.event == "rejected" and receipt.year == declarations.year:
            code = receipt.municipality_code or _named_alone(receipt, names)
            if code:
                files[code] = receipt
    return files


def sender_of(receipt: Receipt, names: RosterNames) -> str | None:
    """Whose a file says it is or, where it could not be read so far, the only municipality that it is named after."""
    if receipt.municipality_code or receipt.reason not in UNREADABLE:
        return receipt.municipality_code
    return _named_alone(receipt, names)


def _named_alone(receipt: Receipt, names: RosterNames) -> str | None:
    named = names.named(receipt.file_name)
    return next(iter(named)) if len(named) == 1 else None


def _judge_missing(
    returns: pl.DataFrame, own: Sequence[Receipt], declarations: YearDeclarations, into: Judgements
) -> None:
    statement = "調査対象のすべての市町村から回答がある"
    received = returns.group_by("municipality_code").agg(return_count=pl.len())
    roster = pl.DataFrame(
        {"municipality_code": [m.code for m in declarations.municipalities]}, schema={"municipality_code": pl.String}
    ).join(received, on="municipality_code", how="left", maintain_order="left")
    valid = pl.col("return_count").fill_null(0) == 1
    verdicts = judge(roster, {MISSING_RETURN: valid}, name=MISSING_RETURN)[MISSING_RETURN]
    into.count(MISSING_RETURN, "error", statement, verdicts)
    names = {m.code: m.name for m in declarations.municipalities}
    rejected = rejected_files(own, declarations)
    for code, verdict in zip(roster["municipality_code"], verdicts, strict=True):
        if verdict != "pass":
            message = (
                f"{names[code]}から受付できる回答がまだ届いていません（ファイル「{rejected[code].file_name}」は受け付けられませんでした）。"
                if code in rejected
                else f"{names[code]}から回答が届いていません。"
            )
            into.doubt(Judged(MISSING_RETURN, "error", 0, statement, verdict, message, code))
