"""Judging a returned form beside the blank one: texts that have moved, and what stands outside the answer cells."""

from __future__ import annotations

from collections import Counter, defaultdict

import polars as pl

from pipeline.forms.blank import BlankForm, Place, blank_form
from pipeline.forms.choices import TICK
from pipeline.japanese import plain_text
from pipeline.read.columns import cell_id as id_of
from pipeline.validate.addressed import judge_addressed
from pipeline.validate.copies import judge_copies
from pipeline.validate.derived import ALTERED
from pipeline.validate.frames import YearTables
from pipeline.validate.judged import Judgements
from pipeline.validate.moved import MovedSheets
from pipeline.validate.printed import mark_printed
from pipeline.validate.sheet_reports import SHOWN, Beside, Faults, report_sheets
from pipeline.workbooks.remarks import REMARK
from schemas.form_layout import CONTINUATION_SHEET, COVER_SHEET
from schemas.survey import YearDeclarations


def judge_form(tables: YearTables, declarations: YearDeclarations, into: Judgements) -> None:
    """Judge every sheet that a respondent sees, one by one.

    A text of the form that stands where another belongs shows that rows or columns were moved. Where all texts tell where
    to, the sheet was read there, else no answer on it is known. What stands outside the answer cells belongs to no question,
    and is in no figure.
    """
    judge_addressed(tables, declarations, into)
    form = blank_form(declarations)
    moves = MovedSheets(tables, declarations, form)
    sheets = {COVER_SHEET, CONTINUATION_SHEET, *(slot.sheet for slot in declarations.layout.slots)}
    known = {sheet for sheet, _ in form.owned}
    is_besides = ~pl.col("is_declared") & (pl.col("text").str.strip_chars() != "") & (pl.col("kind") != REMARK)
    columns = ["municipality_code", "sheet", "address", "text", "cell_id"]
    outside_answers = tables.cells.lazy().filter(is_besides).select(columns).collect()
    filled = mark_printed(outside_answers, _same_for_all(form))
    as_sent = pl.col("is_printed") & ~pl.col("municipality_code").is_in({code for code, _ in moves.followed})
    besides = [
        Beside(code, *moves.place(code, sheet, address), address, text, cell_id)
        for code, sheet, address, text, cell_id in filled.filter(~as_sent).select(columns).iter_rows()
    ]
    with_previous = {(cell.code, cell.sheet) for cell in besides if (cell.sheet, cell.place) in form.headings}
    texts = {sheet: {text for (own, _), text in form.fixed.items() if own == sheet} for sheet in sheets}
    moved: Faults = defaultdict(list)
    outside: Faults = defaultdict(list)
    standing = filled.group_by("municipality_code", "sheet", maintain_order=True).agg(as_sent.sum())
    present: Counter[Place] = Counter()
    for code, sheet, count in standing.iter_rows():
        present[code, moves.sheet(code, sheet)] += count
    own = [subject for subject in present if subject[1] in sheets]
    copies = judge_copies(tables, declarations, form, besides, own, into)
    seen = [s for s in present if (s[1] in sheets or s[1] not in known) and s not in copies]
    for code, sheet, place, address, text, cell_id in besides:
        if (sheet not in sheets and sheet in known) or (code, sheet) in copies:
            continue
        said = form.fixed.get((sheet, place))
        present[code, sheet] += said is not None
        if (code, sheet) in moves.followed and plain_text(text) in texts[sheet]:
            continue
        if said is not None and said != plain_text(text):
            moved[code, sheet].append((address, text, cell_id))
        elif (sheet, place) not in form.owned or (
            (sheet, place) in form.previous and (code, sheet) not in with_previous
        ):
            outside[code, sheet].append((address, text, cell_id))
    for subject, cells in list(outside.items()):
        if subject in moves.followed:
            continue
        lacking = {plain_text(text) for _, text, _ in _lacking(subject, tables, form)}
        pushed = [cell for cell in cells if plain_text(cell[1]) in lacking]
        moved[subject] += pushed
        outside[subject] = [cell for cell in cells if cell not in pushed]
    totals = Counter(sheet for sheet, _ in form.fixed)
    wiped = {
        subject: _lacking(subject, tables, form)
        for subject in seen
        if 0 < present[subject] < totals[subject[1]] and not moved.get(subject) and subject not in moves.followed
    }
    _judge_moves(moves, besides, seen, into)
    report_sheets(
        ALTERED, "error", "調査票の見出しや設問が配布したときの場所にある", seen, moved, into,
        "シート「{sheet}」の見出しや設問の場所が、配布した調査票と異なり（{places}）、回答がどの設問のものか確かめられません。"
        "行や列を挿入・削除せずに、配布した調査票に記入し直してもらってください。",
    )  # fmt: skip
    report_sheets(
        "form.outside", "warning", "回答欄の外には記入がない", seen, outside, into,
        "シート「{sheet}」の回答欄の外に記入があります（{places}）。集計には含まれないので、回答欄に記入すべきものか"
        "確認してください。",
    )  # fmt: skip
    report_sheets(
        "form.wiped", "warning", "調査票の見出しや設問が消されていない", seen, wiped, into,
        "シート「{sheet}」の見出しや設問が消されています（{places}）。隣の回答欄の記入が設問に対するものか確認してください。",
    )  # fmt: skip
    _judge_remarks(tables, seen, into)
    _judge_previous(tables, form, besides, seen, into)


def _same_for_all(form: BlankForm) -> dict[Place, str]:
    """The texts of the form of which nothing is to be told where they stand as they were sent."""
    telling = form.headings | form.previous | form.marks.keys()
    return {place: text for place, text in form.fixed.items() if place not in telling}


def _judge_moves(moves: MovedSheets, besides: list[Beside], subjects: list[Place], into: Judgements) -> None:
    """What was moved and followed is read; that it was is told, with the first texts that stand elsewhere."""
    told: Faults = {}
    for subject, aligned in moves.followed.items():
        own = [cell for cell in besides if (cell.code, cell.sheet) == subject and cell.place]
        elsewhere = [cell for cell in own if cell.place != cell.address] if aligned.is_moved else own
        told[subject] = [(cell.address, cell.text, cell.cell_id) for cell in elsewhere[:SHOWN]]
    report_sheets(
        "form.moved", "warning", "調査票のシート、行及び列が配布したときのままである", sorted({*subjects, *told}), told, into,
        "シート「{sheet}」の名前又は行や列の場所が、配布した調査票と異なります（{places}）。見出しと設問をたどって読み取りました。"
        "回答が設問のとおりか確認してください。",
    )  # fmt: skip


def _judge_remarks(tables: YearTables, subjects: list[Place], into: Judgements) -> None:
    """What a comment or a text box says is no answer; a formula's saved value may be old, and what is hidden meant to be left out."""
    unseen: Faults = defaultdict(list)
    columns = ["municipality_code", "sheet", "address", "text", "cell_id"]
    for code, sheet, where, text, cell_id in tables.cells.filter(pl.col("kind") == REMARK).select(columns).iter_rows():
        unseen[code, sheet].append((where, text, cell_id))
    report_sheets(
        "form.remarks", "warning", "調査票にコメント、図形、ヘッダー・フッター、数式、見えない部分がない",
        sorted({*subjects, *unseen}), unseen, into,
        "シート「{sheet}」にコメント、図形、ヘッダー・フッターの記入、数式又は見えない部分があります（{places}）。コメント、図形及び"
        "ヘッダー・フッターは集計に含まれず、数式は保存された値が、見えない部分はそのまま集計に含まれるので、回答に関わるものか"
        "確認してください。",
    )  # fmt: skip


def _judge_previous(
    tables: YearTables, form: BlankForm, besides: list[Beside], subjects: list[Place],
    into: Judgements,
) -> None:  # fmt: skip
    """A ○ beside an option that was not chosen last year was meant for this year, and written one column off.

    So was one of another shape than the form's own. Where no answer of the year before is at hand nobody can tell, and nothing is judged.
    """
    chosen: dict[str, set[tuple[str, str]]] = defaultdict(set)
    answered = tables.previous_answers.filter(pl.col("status") == "answered")
    for code, *option in answered.select("municipality_code", "question_id", "value_code").iter_rows():
        chosen[code].add((option[0], option[1]))
    strange: Faults = defaultdict(list)
    for code, sheet, place, address, text, cell_id in besides:
        options = form.marks.get((sheet, place))
        if options and code in chosen and not (options & chosen[code] and text.startswith(TICK)):
            strange[code, sheet].append((address, text, cell_id))
    report_sheets(
        "form.previous", "warning", "「前回の回答」の欄の○が前回の回答と一致する", [s for s in subjects if s[0] in chosen], strange, into,
        "シート「{sheet}」の「前回の回答」の欄に、前回は選ばれていない選択肢の記入があります（{places}）。"
        "今回の回答の欄に記入すべきものか確認してください。",
    )  # fmt: skip


def _lacking(subject: Place, tables: YearTables, form: BlankForm) -> list[tuple[str, str, str]]:
    """Texts of the form whose place is blank on a sheet: (address, text, cell id). They may stand elsewhere, or nowhere."""
    code, sheet = subject
    own = tables.cells.filter((pl.col("municipality_code") == code) & (pl.col("sheet") == sheet))
    filled = set(own.filter(pl.col("text").str.strip_chars() != "")["address"])
    return_id = own["return_id"][0]
    return [
        (place, text, id_of(return_id, sheet, place))
        for (where, place), text in form.fixed.items()
        if where == sheet and place not in filled
    ]
