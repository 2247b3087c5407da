"""What the ledger and the names of files tell."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipeline.collect.ledger import Event, Receipt
from pipeline.tables import TABLES
from pipeline.validate.judged import Judgements
from pipeline.validate.receipts import FILE_NAME, judge_receipts, rejected_files
from schemas.survey import YearDeclarations

OKAYAMA, KURASHIKI = "331007", "332020"


def judged(declarations: YearDeclarations, file_name: str, receipts: list[Receipt] | None = None) -> pl.DataFrame:
    """Findings on Okayama's return under this file name."""
    row = dict.fromkeys(TABLES["returns"]) | {"municipality_code": OKAYAMA, "file_name": file_name}
    returns = pl.DataFrame([row], schema=TABLES["returns"])
    into = Judgements(declarations.year, "pandera")
    judge_receipts(receipts or [], returns, declarations, into)
    return into.findings()


@pytest.mark.parametrize(
    ("file_name", "is_doubted"),
    [
        ("岡山市_回答.xlsx", False),
        ("331007.xlsx", False),
        ("回答（最終）.xlsx", False),
        ("岡山市（倉敷市分は別送）.xlsx", False),
        ("倉敷市_回答.xlsx", True),
        ("332020_回答.xlsx", True),
        ("岡山県倉敷市.xlsx", True),
        ("３３２０２.xlsx", True),
        ("倉敷.xlsx", False),
        ("kurashiki.xlsx", False),
    ],
)
def test_a_file_named_after_another_municipality_alone_is_doubted(
    second_declarations: YearDeclarations, file_name: str, is_doubted: bool
) -> None:
    found = judged(second_declarations, file_name).filter(pl.col("rule_id") == FILE_NAME)
    assert found.height == is_doubted
    if is_doubted:
        (row,) = found.to_dicts()
        assert (row["severity"], row["municipality_code"]) == ("warning", OKAYAMA)
        assert "倉敷市の名称ですが、中の調査票は岡山市" in row["message"]


@pytest.mark.parametrize(
    ("file_name", "code", "is_told"),
    [
        ("倉敷市_回答.xlsx", None, True),
        ("332020.xlsx", None, True),
        ("回答.xlsx", "332020", True),
        ("回答.xlsx", None, False),
        ("倉敷市と津山市.xlsx", None, False),
        ("岡山市_回答.xlsx", "332020", True),
    ],
)
def test_what_is_missing_tells_of_the_file_that_could_not_be_taken(
    second_declarations: YearDeclarations, file_name: str, code: str | None, is_told: bool
) -> None:
    receipt = Receipt(
        seq=1, received_at="2025-06-20T00:00:00+09:00", year=second_declarations.year, file_name=file_name,
        sha256="0" * 64, size=0, event="rejected", reason="damaged", message="読み取れません。", municipality_code=code,
        previous_hash="", hash="",
    )  # fmt: skip
    missing = judged(second_declarations, "岡山市.xlsx", [receipt]).filter(
        (pl.col("rule_id") == "return.missing") & (pl.col("municipality_code") == KURASHIKI)
    )
    (message,) = missing["message"]
    assert (f"ファイル「{file_name}」は受け付けられませんでした" in message) == is_told
    unknown = receipt.model_copy(update={"reason": "no-identity"})
    assert (
        rejected_files([unknown], second_declarations).keys() == rejected_files([receipt], second_declarations).keys()
    )
    other = receipt.model_copy(update={"year": second_declarations.year - 1})
    assert rejected_files([other], second_declarations) == {}


def receipt_of(seq: int, event: Event, file_name: str, **more: Any) -> Receipt:
    fields = {"year": 2025, "sha256": f"{seq:064}", "size": 1, "received_at": "2025-06-20T00:00:00+09:00"}
    return Receipt.model_validate(
        {"seq": seq, "event": event, "file_name": file_name, "previous_hash": "", "hash": "", **fields, **more}
    )


@pytest.mark.parametrize(
    ("file_name", "reason", "severity", "code"),
    [
        ("岡山市_訂正.xlsx", "encrypted-or-old", "error", OKAYAMA),
        ("岡山市_訂正.xlsx", "damaged", "error", OKAYAMA),
        ("岡山市_送付状.pdf", "not-excel", "warning", None),
        ("訂正.xlsx", "damaged", "warning", None),
        ("倉敷市_訂正.xlsx", "damaged", "warning", KURASHIKI),
    ],
)
def test_a_workbook_that_may_correct_an_answer_at_hand_is_an_error_until_another_comes(
    second_declarations: YearDeclarations, file_name: str, reason: str, severity: str, code: str | None
) -> None:
    """Of Kurashiki nothing is at hand, so that its missing return is the error."""
    first = receipt_of(1, "accepted", "岡山市.xlsx", municipality_code=OKAYAMA)
    unread = receipt_of(2, "rejected", file_name, reason=reason, message="読み取れません。")
    again = receipt_of(3, "accepted", "岡山市_再送.xlsx", municipality_code=OKAYAMA, supersedes=first.sha256)
    for receipts, expected in (([first, unread], severity), ([first, unread, again], "warning")):
        found = judged(second_declarations, "岡山市.xlsx", receipts).filter(pl.col("rule_id") == f"collect.{reason}")
        assert found.select("severity", "municipality_code").rows() == [(expected, code)]


def test_a_newer_return_is_told_with_the_one_that_it_replaces(second_declarations: YearDeclarations) -> None:
    first = receipt_of(1, "accepted", "岡山市.xlsx", municipality_code=OKAYAMA)
    second = receipt_of(2, "accepted", "回答(2).xlsx", municipality_code=OKAYAMA, supersedes=first.sha256)
    found = judged(second_declarations, "岡山市.xlsx", [first]).filter(pl.col("rule_id") == "return.superseded")
    assert found.is_empty()
    (row,) = (
        judged(second_declarations, "岡山市.xlsx", [first, second])
        .filter(pl.col("rule_id") == "return.superseded")
        .to_dicts()
    )
    assert (row["severity"], row["municipality_code"]) == ("info", OKAYAMA)
    assert "「回答(2).xlsx」を、先に届いた「岡山市.xlsx」に代わる" in row["message"]


@pytest.mark.parametrize(
    ("evidence", "is_told"),
    [
        (None, False),
        (("識別シートの団体コード",), False),
        (("識別シートの団体コード（シート「Sheet1」）", "宛名"), False),
        (("宛名", "ファイル名"), True),
    ],
)
def test_a_return_that_was_recognised_without_its_identity_is_told_with_the_evidence(
    second_declarations: YearDeclarations, evidence: tuple[str, ...] | None, is_told: bool
) -> None:
    receipt = receipt_of(1, "accepted", "岡山市.xlsx", municipality_code=OKAYAMA, evidence=evidence)
    found = judged(second_declarations, "岡山市.xlsx", [receipt]).filter(pl.col("rule_id") == "return.recognised")
    assert found["severity"].to_list() == ["warning"] * is_told
    if is_told:
        assert "宛名、ファイル名から岡山市の回答として受け付けました" in found["message"][0]
    again = receipt_of(2, "accepted", "岡山市.xlsx", municipality_code=OKAYAMA, evidence=("識別シートの団体コード",))
    found = judged(second_declarations, "岡山市.xlsx", [receipt, again]).filter(
        pl.col("rule_id") == "return.recognised"
    )
    assert found.is_empty()


def test_a_finding_keeps_its_id_whatever_came_before_it(second_declarations: YearDeclarations) -> None:
    def receipt(seq: int) -> Receipt:
        return Receipt(
            seq=seq, received_at="2025-06-20T00:00:00+09:00", year=second_declarations.year, file_name="空.xlsx",
            sha256="0" * 64, size=0, event="rejected", reason="empty-file", message="空です。",
            previous_hash="", hash="",
        )  # fmt: skip

    ids = [
        judged(second_declarations, "a.xlsx", [receipt(seq)]).filter(pl.col("rule_id") == "collect.empty-file")[
            "finding_id"
        ][0]
        for seq in (1, 7)
    ]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("code", "words"),
    [(KURASHIKI, "ファイル「空.xlsx」は受け付けられませんでした"), (None, "から回答が届いていません。")],
)
def test_a_municipality_whose_file_was_rejected_is_not_told_that_it_sent_nothing(
    second_declarations: YearDeclarations, code: str | None, words: str
) -> None:
    receipt = Receipt(
        seq=1, received_at="2025-06-20T00:00:00+09:00", year=second_declarations.year, file_name="空.xlsx",
        sha256="0" * 64, size=0, event="rejected", reason="wrong-version", message="版が異なります。",
        municipality_code=code, previous_hash="", hash="",
    )  # fmt: skip
    found = judged(second_declarations, "a.xlsx", [receipt]).filter(
        pl.col("finding_id") == f"return.missing:{KURASHIKI}"
    )
    assert words in found["message"][0]


def test_what_was_said_of_a_file_last_counts(second_declarations: YearDeclarations) -> None:
    first = receipt_of(1, "rejected", "岡山市.xlsx", reason="encrypted", message="開けません。", sha256="a" * 64)
    then = receipt_of(2, "accepted", "岡山市.xlsx", municipality_code=OKAYAMA, sha256="a" * 64)
    rules = set(judged(second_declarations, "岡山市.xlsx", [first, then])["rule_id"])
    assert "collect.encrypted" not in rules
    assert "collect.encrypted" in set(judged(second_declarations, "岡山市.xlsx", [first])["rule_id"])
    assert rejected_files([first, then], second_declarations) == {}


def test_a_zip_that_was_unpacked_is_no_finding_itself(second_declarations: YearDeclarations) -> None:
    before = judged(second_declarations, "岡山市.xlsx", [])
    zipped = receipt_of(1, "unpacked", "回答.zip", message="取り出しました。")
    assert judged(second_declarations, "岡山市.xlsx", [zipped]).equals(before)
