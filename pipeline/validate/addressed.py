"""Judging whose form the sheets that a person sees say it is, beside whose the return is."""

from __future__ import annotations

from functools import cache

import polars as pl

from pipeline.collect.recognise import roster_names
from pipeline.forms.cover import addressed_to
from pipeline.forms.wording import SUBTITLE_CELL
from pipeline.japanese import plain_text
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judged, Judgements
from schemas.form_layout import COVER_SHEET
from schemas.pandera_schemas import judge
from schemas.survey import YearDeclarations


def judge_addressed(tables: YearTables, declarations: YearDeclarations, into: Judgements) -> None:
    """The cover and the head of every sheet name a municipality, in any spelling: it must be the one whose return it is.

    A sheet may have been copied from another municipality's form. A head that names none is no evidence, but a cover is.
    """
    rule_id, statement = (
        "form.addressee",
        "「はじめに」の宛名と団体コード、各シートの見出しが調査票の市町村のものである",
    )
    names = roster_names(declarations)
    named_in = cache(names.named)
    expected = {m.code: addressed_to(m) for m in declarations.municipalities}
    heads = {slot.sheet for slot in declarations.layout.slots}
    columns = ["municipality_code", "sheet", "address", "text", "cell_id"]
    is_head = pl.col("sheet").is_in(heads) & (pl.col("address") == SUBTITLE_CELL)
    told = tables.cells.filter(((pl.col("sheet") == COVER_SHEET) | is_head) & (pl.col("text") != "")).select(columns)
    rows, is_own, others = [], [], []
    for row in told.iter_rows():
        code, sheet, address, text, _ = row
        if sheet == COVER_SHEET and address not in expected[code]:
            continue
        named = {of_code} if (of_code := names.of_code(text)) else named_in(text)
        is_as_sent = (
            plain_text(text) == plain_text(expected[code].get(address, "")) if sheet == COVER_SHEET else not named
        )
        rows.append(row)
        is_own.append(is_as_sent or code in named)
        others.append("、".join(names.names[other] for other in sorted(named)))
    verdicts = judge(
        pl.DataFrame({"is_own": is_own}, {"is_own": pl.Boolean}), {rule_id: pl.col("is_own")}, name=rule_id
    )
    into.count(rule_id, "warning", statement, verdicts[rule_id])
    for (code, sheet, address, text, cell_id), verdict, other in zip(rows, verdicts[rule_id], others, strict=True):
        if verdict != "pass":
            whose = f"（{other}）" if other else ""
            into.doubt(Judged(
                rule_id, "warning", 1, statement, verdict,
                f"シート「{sheet}」{address}に「{text}」{whose}とありますが、配布した調査票は{names.names[code]}のものです。"
                "他の市町村の回答でないか確認してください。",
                code, None, None, [cell_id], address if sheet == COVER_SHEET else f"{sheet}!{address}",
            ))  # fmt: skip
