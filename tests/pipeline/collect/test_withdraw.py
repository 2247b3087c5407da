"""Withdrawn returns: none counts until another one comes, the file stays, and it can be sent again."""

from __future__ import annotations

import pytest

from pipeline.collect.collect import collect
from pipeline.collect.ledger import current_returns, read_ledger
from pipeline.collect.withdraw import withdraw_return
from pipeline.home import Home
from schemas.errors import UsageError
from schemas.survey import YearDeclarations
from tests.support.queries import COUNT, Year

CODE = "331007"


@pytest.fixture
def withdrawn(home: Home, second_declarations: YearDeclarations) -> Year:
    year = Year(home, second_declarations)
    year.returns({})
    withdraw_return(home, year.year, CODE, by="山田", reason="別の部署の回答だった", clock=year.clock)
    return year


def counting(year: Year) -> str | None:
    receipt = current_returns(read_ledger(year.home.ledger), year.year).get(CODE)
    return receipt.file_name if receipt else None


def test_none_counts_and_the_file_stays_in_the_archive(withdrawn: Year) -> None:
    last = read_ledger(withdrawn.home.ledger)[-1]
    assert (last.event, last.by, last.message) == ("withdrawn", "山田", "別の部署の回答だった")
    assert counting(withdrawn) is None
    assert withdrawn.home.archived(last.sha256).exists()


def test_the_file_that_still_lies_in_the_inbox_is_not_taken_again(withdrawn: Year) -> None:
    assert withdrawn.collect() == []
    assert counting(withdrawn) is None


def test_it_is_told_and_the_return_is_missing(withdrawn: Year) -> None:
    withdrawn.run()
    found = withdrawn.findings("return.")
    assert "山田：別の部署の回答だった" in found["return.withdrawn"][0]
    assert "岡山市から回答が届いていません" in found["return.missing"][0]
    assert set(found) == {"return.withdrawn", "return.missing"}


def test_another_return_counts_and_supersedes_nothing(withdrawn: Year) -> None:
    withdrawn.send(CODE, {COUNT: 3})
    (receipt,) = withdrawn.collect()
    assert (receipt.event, receipt.supersedes) == ("accepted", None)
    withdrawn.run()
    assert set(withdrawn.findings("return.")) == {"return.withdrawn"}


def test_the_same_bytes_sent_again_under_another_name_count_again(withdrawn: Year) -> None:
    content = (withdrawn.home.inbox(withdrawn.year) / f"{CODE}.xlsx").read_bytes()
    withdrawn.put(content, f"{CODE}_やはりこちら.xlsx")
    (receipt,) = withdrawn.collect()
    assert receipt.event == "accepted"
    assert counting(withdrawn) == f"{CODE}_やはりこちら.xlsx"


def test_what_superseded_another_return_leaves_none_when_it_is_withdrawn(
    home: Home, second_declarations: YearDeclarations
) -> None:
    year = Year(home, second_declarations)
    year.returns({})
    year.send(CODE, {COUNT: 3})
    year.collect()
    withdraw_return(home, year.year, CODE, by="山田", reason="誤送付", clock=year.clock)
    assert counting(year) is None


def test_nothing_can_be_withdrawn_twice_or_by_who_sent_nothing(withdrawn: Year) -> None:
    before = withdrawn.home.ledger.read_bytes()
    for code in (CODE, "999999"):
        with pytest.raises(UsageError, match="nothing-to-withdraw"):
            withdraw_return(withdrawn.home, withdrawn.year, code, by="山田", reason="誤送付")
    assert withdrawn.home.ledger.read_bytes() == before


def test_a_recognised_return_that_is_withdrawn_is_doubted_no_more(
    home: Home, second_declarations: YearDeclarations
) -> None:
    from pipeline.validate.judged import Judgements
    from pipeline.validate.receipts import RECOGNISED, judge_receipts

    year = Year(home, second_declarations)
    year.returns({})
    ledger = read_ledger(home.ledger)
    doubtful = [
        r.model_copy(update={"evidence": ("宛名", "ファイル名")}) if r.municipality_code == CODE else r for r in ledger
    ]
    gone = ledger[0].model_copy(
        update={"event": "withdrawn", "municipality_code": CODE, "seq": len(ledger) + 1, "by": "山田"}
    )
    for receipts, count in ((doubtful, 1), ([*doubtful, gone], 0)):
        into = Judgements(year.year, "pandera")
        from pipeline.tables import load

        judge_receipts(receipts, load(home, year.year, "returns"), second_declarations, into)
        assert sum(doubt.rule_id == RECOGNISED for doubt in into.doubts) == count


def test_a_ledger_with_a_withdrawal_goes_on(withdrawn: Year) -> None:
    withdrawn.send("332020", {COUNT: 3})
    collect(withdrawn.home, withdrawn.declarations, clock=withdrawn.clock)
    assert [receipt.seq for receipt in read_ledger(withdrawn.home.ledger)] == list(range(1, 30))
