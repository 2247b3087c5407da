"""Whose return a workbook is: what is evidence, what is enough of it, and what only looks like some."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest

from pipeline.collect.collect import collect
from pipeline.collect.ledger import Receipt, read_ledger
from pipeline.collect.recognise import (
    BY_ADDRESSEE,
    BY_COVER_CODE,
    BY_FILE_NAME,
    BY_SHEET,
    Recogniser,
    RejectedReturnError,
)
from pipeline.forms.write import write_form
from pipeline.home import Home
from pipeline.workbooks.opening import open_workbook
from schemas.form_layout import COVER_SHEET, IDENTITY_SHEET
from schemas.survey import YearDeclarations

Change = Callable[[openpyxl.Workbook], None]
OKAYAMA, KURASHIKI = "331007", "332020"
ADDRESSEE, CODE = "A5", "C6"


def changed(declarations: YearDeclarations, change: Change, *, is_synthetic: bool = False) -> bytes:
    """Okayama's own form, changed."""
    book = openpyxl.load_workbook(
        BytesIO(write_form(declarations, declarations.municipalities[0], is_synthetic=is_synthetic))
    )
    change(book)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def without_identity(**cover: str | None) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        del book[IDENTITY_SHEET]
        for address, text in cover.items():
            book[COVER_SHEET][address] = text

    return change


def nothing(book: openpyxl.Workbook) -> None:
    del book


@pytest.mark.parametrize(
    ("file_name", "others"),
    [("岡山市.xlsx", (BY_FILE_NAME,)), ("回答.xlsx", ()), ("岡山_回答.xlsx", (BY_FILE_NAME,)), ("倉敷市.xlsx", ())],
)
def test_a_form_with_its_identity_is_known_by_it_and_all_that_agrees_is_kept(
    second_declarations: YearDeclarations, file_name: str, others: tuple[str, ...]
) -> None:
    book = open_workbook(changed(second_declarations, nothing))
    identity = Recogniser(second_declarations).identify(book, file_name)
    assert identity.code == OKAYAMA
    assert identity.evidence == (BY_SHEET, BY_ADDRESSEE, BY_COVER_CODE, *others)


def test_a_sheet_of_identity_under_another_name_is_as_good(second_declarations: YearDeclarations) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[IDENTITY_SHEET].title = "Sheet1"

    identity = Recogniser(second_declarations).identify(open_workbook(changed(second_declarations, change)))
    assert (identity.code, identity.evidence[0]) == (OKAYAMA, f"{BY_SHEET}（シート「Sheet1」）")


@pytest.mark.parametrize("is_synthetic", [True, False])
@pytest.mark.parametrize(
    ("cover", "file_name", "evidence"),
    [
        ({}, "回答.xlsx", (BY_ADDRESSEE, BY_COVER_CODE)),
        ({}, "岡山市.xlsx", (BY_ADDRESSEE, BY_COVER_CODE, BY_FILE_NAME)),
        ({CODE: None}, "岡山市.xlsx", (BY_ADDRESSEE, BY_FILE_NAME)),
        ({ADDRESSEE: "御中"}, "33100_回答.xlsx", (BY_COVER_CODE, BY_FILE_NAME)),
        ({CODE: "３３１００"}, "okayama.xlsx", (BY_ADDRESSEE, BY_COVER_CODE, BY_FILE_NAME)),
    ],
)
def test_a_form_without_its_identity_is_known_by_two_that_agree(
    second_declarations: YearDeclarations, cover: dict[str, str | None], file_name: str, evidence: tuple[str, ...],
    *, is_synthetic: bool,
) -> None:  # fmt: skip
    content = changed(second_declarations, without_identity(**cover), is_synthetic=is_synthetic)
    identity = Recogniser(second_declarations).identify(open_workbook(content), file_name)
    assert (identity.code, identity.is_synthetic, identity.evidence) == (OKAYAMA, is_synthetic, evidence)


def moved(book: openpyxl.Workbook) -> None:
    del book[IDENTITY_SHEET]
    book["計画"].insert_rows(5)


def without_cover(book: openpyxl.Workbook) -> None:
    del book[IDENTITY_SHEET]
    del book[COVER_SHEET]


@pytest.mark.parametrize(
    ("change", "file_name", "code", "words"),
    [
        (without_identity(), "倉敷市.xlsx", None, "（はじめに!C6）は岡山市、ファイル名（倉敷市.xlsx）は倉敷市"),
        (without_identity(**{CODE: KURASHIKI}), "岡山市.xlsx", None, "「はじめに」の団体コード（はじめに!C6）は倉敷市"),
        (without_identity(**{CODE: None, ADDRESSEE: None}), "岡山市.xlsx", OKAYAMA, "（岡山市を示すものはファイル名だけ）"),
        (without_identity(**{CODE: None, ADDRESSEE: None}), "回答.xlsx", None, "ファイル名からも"),
        (without_identity(**{CODE: None}), "倉布市.xlsx", OKAYAMA, "ファイル名は「倉敷市」の誤りではないか"),
        (moved, "岡山市.xlsx", OKAYAMA, "今年度の調査票と同じではない"),
        (without_cover, "岡山市.xlsx", OKAYAMA, "今年度の調査票と同じではない"),
    ],
)  # fmt: skip
def test_what_is_not_enough_or_disagrees_is_rejected_and_says_why(
    second_declarations: YearDeclarations, change: Change, file_name: str, code: str | None, words: str
) -> None:
    book = open_workbook(changed(second_declarations, change))
    with pytest.raises(RejectedReturnError) as caught:
        Recogniser(second_declarations).identify(book, file_name)
    assert (caught.value.reason, caught.value.code) == ("no-identity", code)
    assert words in caught.value.message


def test_another_years_form_without_its_identity_is_not_taken(second_declarations: YearDeclarations) -> None:
    def change(book: openpyxl.Workbook) -> None:
        del book[IDENTITY_SHEET]
        book[COVER_SHEET]["A2"] = "令和５年度　調査票"

    with pytest.raises(RejectedReturnError, match="今年度の調査票と同じではない"):
        Recogniser(second_declarations).identify(open_workbook(changed(second_declarations, change)), "岡山市.xlsx")


def test_the_ledger_keeps_the_evidence_of_what_was_accepted(home: Home, second_declarations: YearDeclarations) -> None:
    folder = home.inbox(second_declarations.year)
    folder.mkdir(parents=True)
    (folder / "岡山市.xlsx").write_bytes(changed(second_declarations, without_identity()))
    (folder / "空.xlsx").write_bytes(b"")
    collect(home, second_declarations)
    kept = {receipt.file_name: receipt.evidence for receipt in read_ledger(home.ledger)}
    assert kept == {"岡山市.xlsx": (BY_ADDRESSEE, BY_COVER_CODE, BY_FILE_NAME), "空.xlsx": None}


def test_a_line_of_before_evidence_was_kept_has_the_hash_that_it_had() -> None:
    old = {
        "seq": 1, "received_at": "2024-11-01T09:00:00+09:00", "event": "accepted", "year": 2024, "file_name": "a.xlsx",
        "sha256": "0" * 64, "size": 1, "municipality_code": "331007", "is_synthetic": False, "supersedes": None,
        "reason": None, "cell": None, "message": None, "previous_hash": "0" * 64, "hash": "",
    }  # fmt: skip
    receipt = Receipt.model_validate(old)
    assert receipt.computed_hash() == "8660e0f78ecfc9f4209bcb53908432a9f0f10673cca2649702c0ea2792522a80"
    assert receipt.model_copy(update={"evidence": (BY_SHEET,)}).computed_hash() != receipt.computed_hash()
    assert receipt.model_copy(update={"evidence": ()}).computed_hash() != receipt.computed_hash()
