"""The stage on whole years: it sees what the judges saw, what it lists mends the year, and it writes nothing and is the same twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields as fields_of
from datetime import date

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.collect.collect import collect
from pipeline.home import PROJECT_ROOT, Home
from pipeline.localise.localise import (
    FORCED,
    NOT_OF_ANSWERS,
    _place,
    _places,
    build_program,
    explain,
    localise_returns,
)  # fmt: skip
from pipeline.read.read import read_returns
from pipeline.tables import load, save
from pipeline.validate.frames import YearTables
from pipeline.validate.register_rows import listing_of
from pipeline.validate.validate import load_tables, validate_returns
from schemas.corrections import Correction
from schemas.survey import Survey, YearDeclarations
from tests.conftest import DEMO_NOW, DEMO_YEAR, SECOND_YEAR
from tests.pipeline.localise.bulk import judge_all, read_bulk
from tests.pipeline.localise.closing import Place, Written, ways_of_writing
from tests.support.workbooks import evacuation_answers

DEMO = Survey(PROJECT_ROOT).load_year(DEMO_YEAR)
SECOND = Survey(PROJECT_ROOT / "tests" / "second_survey").load_year(SECOND_YEAR)


@pytest.fixture(scope="module")
def mistaken(mistaken_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the demo returns of 2024 and one mistake of every kind, read and judged. Tests must not write to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", DEMO_NOW)
        home = Home(tmp_path_factory.mktemp("judged") / "home")
        shutil.copytree(mistaken_home.root, home.root)
        collect(home, DEMO)
        save(home, DEMO_YEAR, read_returns(home, DEMO))
        save(home, DEMO_YEAR, validate_returns(home, DEMO))
    return home


def of_answers(findings: pl.DataFrame, verdict: str = "fail") -> pl.DataFrame:
    """Errors in answers alone: none about files and forms, and none that the register has to mend."""
    first = pl.col("rule_id").str.split(".").list.first()
    is_error = (pl.col("severity") == "error") & (pl.col("verdict") == verdict)
    return findings.filter(is_error & ~first.is_in([*NOT_OF_ANSWERS, "unlisted"]))


def check_same_errors(tables: YearTables, findings: pl.DataFrame, declarations: YearDeclarations) -> None:
    """The hard demands that are broken are the errors that failed, and what cannot stay is what failed alone.

    Besides them, only:
    - what could not be verified: of an answer that is not known, some values break it;
    - that a choice whose tick cannot be read stands beside others, which the judges say once it is read;
    - that it is not known whether something was asked that hangs on what cannot be read: of two ticks both may lead there;
    - that what the register holds for certain is not named, where the judges ask about another doubt of that question first.
    """
    failed = of_answers(findings)
    is_forced = pl.col("rule_id").str.split(".").list.first().is_in(FORCED)
    codes = sorted(tables.returns["municipality_code"])
    is_whole = tables.returns.height == len(declarations.municipalities)
    program, returns = build_program(tables, declarations, codes, is_whole=is_whole)
    broken = {
        name
        for demand in program.demands if demand.penalty is None and not demand.is_met(program.value(demand.subject, {}))
        for name in demand.findings
    }  # fmt: skip
    cannot_stay = {_place(one) for built in returns.values() for one in built.all_fields() if one.is_forced}
    assert cannot_stay == set(_places(failed.filter(is_forced)))
    expected = set(failed.filter(~is_forced)["finding_id"])
    assert expected - broken == set()
    unverified = set(of_answers(findings, "unverifiable")["finding_id"])
    besides = {name for name in broken - expected - unverified if not name.startswith("named.")}
    assert {name for name in besides if not _follows(name, cannot_stay, declarations)} == set()


def _follows(name: str, cannot_stay: set[tuple[str, str, int]], declarations: YearDeclarations) -> bool:
    """Whether a demand may be broken for want of an answer that can be kept: the question's own, one that decides on it, or who
    is meant by what is judged.
    """
    rule_id, code, *_ = name.split(":")
    kind, _, question = rule_id.partition(".")
    if question:
        asked = declarations.questionnaire.questions[question]
        listing = listing_of(asked, declarations)
        deciding = {
            "none": {question},
            "routing": {condition.question for condition in asked.asked_if},
            "pointed": {listing and listing.identity},
        }.get(kind, set())
    else:
        grain = next(rule.grain for rule in declarations.rules if rule.id == rule_id)
        deciding = {block.identity for block in declarations.questionnaire.blocks if block.grain == grain}
    return any(own == code and about in deciding for own, about, _ in cannot_stay)


def test_the_program_sees_the_errors_that_the_judges_found(mistaken: Home) -> None:
    check_same_errors(load_tables(mistaken, DEMO_YEAR), load(mistaken, DEMO_YEAR, "findings"), DEMO)


def test_the_first_solutions_mend_the_demos_errors(mistaken: Home) -> None:
    tables, findings = load_tables(mistaken, DEMO_YEAR), load(mistaken, DEMO_YEAR, "findings")
    contradictions = explain(tables, findings, DEMO)
    assert len(contradictions) > 20
    written: Written = {}
    for contradiction in contradictions:
        ways = ways_of_writing(contradiction.solutions[0], DEMO, {})
        written |= next(way for way in ways if not _names_twice(way, DEMO))
    read = read_returns(mistaken, DEMO, _corrections(written, load(mistaken, DEMO_YEAR, "cells")))
    assert set(read["corrections"]["state"]) == {"applied"}
    empty = tables.previous_answers
    again = YearTables(**read, previous_answers=empty)
    assert of_answers(judge_all(again, DEMO))["finding_id"].to_list() == []


def _names_twice(written: Written, declarations: YearDeclarations) -> bool:
    """Whether rows of a table would name the same entity: each of them could, but not all together."""
    identities = {block.identity for block in declarations.questionnaire.blocks if block.is_table}
    named = [(code, place[0], text) for (code, place), text in written.items() if place[0] in identities and text]
    return len(set(named)) < len(named)


def _corrections(written: Written, sent_cells: pl.DataFrame) -> list[Correction]:
    slots = {(slot.question_id, slot.row_no, slot.choice): slot for slot in DEMO.layout.slots}
    columns = ["municipality_code", "form_sheet", "form_address", "sheet", "address", "text", "kind"]
    cells = {(code, form, at): place for code, form, at, *place in sent_cells.select(columns).iter_rows()}
    found: list[Correction] = []
    for number, ((code, place), text) in enumerate(written.items()):
        slot = slots[place]
        sheet, address, sent, kind = cells[code, slot.sheet, slot.address]
        if sent != text or kind == "drawn":
            found.append(Correction(
                id=f"told-{number}", municipality=code, sheet=sheet, cell=address, expect=sent, to=text, reason="電話",
                authority="課長", granted=date(2024, 12, 1), expires=date(2025, 3, 31),
            ))  # fmt: skip
    return found


def test_nothing_is_written_and_everything_wrong_is_explained(mistaken: Home) -> None:
    before = load_tables(mistaken, DEMO_YEAR)
    rows = localise_returns(mistaken, DEMO)["localisations"]
    after = load_tables(mistaken, DEMO_YEAR)
    for one in fields_of(YearTables):
        assert getattr(before, one.name).equals(getattr(after, one.name))
    explained = {name for names in rows["findings"].str.json_decode(pl.List(pl.String)).to_list() for name in names}
    assert set(of_answers(load(mistaken, DEMO_YEAR, "findings"))["finding_id"]) - explained == set()


def test_the_same_returns_in_another_order_and_in_another_process_give_the_same_rows(mistaken: Home) -> None:
    rows = localise_returns(mistaken, DEMO)["localisations"]
    tables, findings = load_tables(mistaken, DEMO_YEAR), load(mistaken, DEMO_YEAR, "findings")
    turned = {one.name: getattr(tables, one.name) for one in fields_of(YearTables)}
    for name in ("returns", "cells", "answers", "blocks"):
        parts = turned[name].partition_by("municipality_code", maintain_order=True)
        turned[name] = pl.concat(reversed(parts))
    told = [[str(one.key) for one in c.solutions[0].fields] for c in explain(tables, findings, DEMO)]
    assert told == [
        [str(one.key) for one in c.solutions[0].fields] for c in explain(YearTables(**turned), findings, DEMO)
    ]
    program = (
        "import sys; from pathlib import Path; from pipeline.home import PROJECT_ROOT, Home;"
        "from pipeline.localise.localise import localise_returns; from schemas.survey import Survey;"
        f"rows = localise_returns(Home(Path(sys.argv[1])), Survey(PROJECT_ROOT).load_year({DEMO_YEAR}))['localisations'];"
        "print(rows.write_csv())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(mistaken.root)], cwd=PROJECT_ROOT, env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == rows.write_csv().strip()


def _sent(declarations: YearDeclarations) -> dict[str, dict[Place, str]]:
    return {
        m.code: {place: str(value) for place, value in evacuation_answers(declarations, m).items()}
        for m in declarations.municipalities
    }


NETWORKS = [f"{e.name}〔{e.entity_id}〕" for e in SECOND.reference.register]
TEXTS = {
    "plan_state": ["", "○", "？"], "plan_count": ["", "3", "多数", "1000000"], "measure": ["", "○", "？"],
    "measure_other_text": ["", "講演会"], "network": ["", *NETWORKS, "どこか"], "network_unlisted_name": ["", "隣の会"],
    "drill_count": ["", "1", "3", "何度も", "500"],
}  # fmt: skip
SLOTS = st.sampled_from([slot for slot in SECOND.layout.slots if slot.question_id in TEXTS])
EDITS = st.lists(
    st.tuples(
        st.sampled_from([m.code for m in SECOND.municipalities]),
        SLOTS.flatmap(lambda s: st.tuples(st.just((s.question_id, s.row_no, s.choice)), st.sampled_from(TEXTS[s.question_id]))),
    ),
    min_size=1, max_size=5,
)  # fmt: skip


def _edited(edits: list[tuple[str, tuple[Place, str]]]) -> dict[str, dict[Place, str]]:
    returns = _sent(SECOND)
    for code, (place, text) in edits:
        returns[code][place] = text
    return {code: {place: text for place, text in cells.items() if text} for code, cells in returns.items()}


@settings(max_examples=12)
@example(
    [
        ("331007", (("plan_state", 1, "not_started"), "○")),
        ("331007", (("plan_state", 1, "complete"), "")),
        ("331007", (("plan_state", 1, "partial"), "")),
        ("331007", (("plan_count", 1, None), "多数")),
    ]
)
@given(EDITS)
def test_the_program_sees_the_errors_of_any_edited_returns(edits: list[tuple[str, tuple[Place, str]]]) -> None:
    tables = read_bulk(SECOND, _edited(edits))
    check_same_errors(tables, judge_all(tables, SECOND), SECOND)


@settings(max_examples=12)
@given(EDITS)
def test_the_first_solutions_mend_any_edited_returns(edits: list[tuple[str, tuple[Place, str]]]) -> None:
    returns = _edited(edits)
    tables = read_bulk(SECOND, returns)
    for contradiction in explain(tables, judge_all(tables, SECOND), SECOND):
        names = {name for demand in contradiction.demands for name in demand.findings}
        names |= {
            name for name in of_answers(judge_all(tables, SECOND))["finding_id"]
            if any(_is_about(name, _place(one)) for one in contradiction.forced)
        }  # fmt: skip
        used = {
            (code, block): count
            for code, block, count in tables.blocks.select("municipality_code", "block_id", "row_count").iter_rows()
        }
        for written in ways_of_writing(contradiction.solutions[0], SECOND, used):
            mended = _written(returns, written)
            mended_tables = read_bulk(SECOND, mended)
            left = set(of_answers(judge_all(mended_tables, SECOND))["finding_id"])
            if not names & left:
                break
        assert names & left == set()
        returns, tables = mended, mended_tables
    assert of_answers(judge_all(tables, SECOND))["finding_id"].to_list() == []


def _is_about(name: str, place: tuple[str, str, int]) -> bool:
    rule, code, *_ = name.split(":")
    return rule.split(".")[0] in FORCED and (code, rule.partition(".")[2]) == place[:2]


def _written(returns: Mapping[str, Mapping[Place, str]], written: Written) -> dict[str, dict[Place, str]]:
    found: dict[str, dict[Place, str]] = {code: dict(cells) for code, cells in returns.items()}
    for (code, place), text in written.items():
        found[code][place] = text
        if not text:
            del found[code][place]
    return found
