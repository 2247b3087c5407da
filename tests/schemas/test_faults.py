"""A bad declaration fails before anything runs, with file and line and what to do."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.home import PROJECT_ROOT, Home
from pipeline.run import open_run
from schemas.errors import DeclarationError
from schemas.labels import PATTERNS
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR

QUESTIONNAIRE, RULES = f"schemas/questionnaires/{YEAR}.yaml", f"schemas/rules/{YEAR}.yaml"
FIGURES, RELATIONS = f"schemas/figures/{YEAR}.yaml", f"schemas/relations/{YEAR}.yaml"
PROSE = f"data/prose/{YEAR}/purpose.md"


@dataclass(frozen=True)
class Slip:
    """What somebody writes instead of what stands there, and what the error says; the line is that of `at`."""

    file: str
    old: str
    new: str
    reference: str
    words: str
    at: str | None = None


ONE = {"constant": 1}


def _rule(words: str, **parts: Any) -> Slip:
    """A new rule that compares, and does not fit its questions."""
    examples = {"pass": {}, "fail": {}, "boundary": {}, "boundary_is": "pass", "unverifiable": {}}
    rule = {"id": "new", "kind": "compare", "statement": {"ja": "新"}, "message": "", "examples": examples, **parts}
    return Slip(RULES, "rules:\n", f"rules:\n  - {json.dumps(rule)}\n", "invalid-rule", words, '"new"')


COMPLETE = "\n            options:\n              - {code: complete"
SLIPS = [
    Slip(QUESTIONNAIRE, "reference_date: 2025-04-01", "reference_date: 2025-02-30", "invalid-yaml", "2025-02-30"),
    Slip(QUESTIONNAIRE, "capacity: 2", "capacity: 100000000", "invalid-declaration", "less than or equal to 500"),
    Slip(QUESTIONNAIRE, "year: 2025", "year: !!timestamp 5", "invalid-yaml", "5: no timestamp"),
    Slip(QUESTIONNAIRE, "year: 2025", "year: !!bool perhaps", "invalid-yaml", "perhaps: no bool"),
    Slip(QUESTIONNAIRE, "year: 2025", 'year: "2025"', "year-of-another-file", "'2025'"),
    Slip(QUESTIONNAIRE, "sender: ", 'sender: "a\\e[2J" # ', "invalid-yaml", "control character '\\x1b'"),
    Slip(QUESTIONNAIRE, "sender: ", 'sender: "a\\u202Eb" # ', "invalid-yaml", "control character '\\u202e'"),
    Slip(QUESTIONNAIRE, "year: 2025", "year: 2023", "year-of-another-file", "2025"),
    Slip(QUESTIONNAIRE, f"public{COMPLETE}", f"aggregate{COMPLETE}", "invalid-questionnaire", "which is aggregate", "plan_count"),
    Slip(RELATIONS, "year: 2025", "year: 2024", "year-of-another-file", "2025"),
    Slip(QUESTIONNAIRE, "year: 2025", "year: 2025\nbased_on: abc", "invalid-based-on", "a year", "based_on"),
    Slip(QUESTIONNAIRE, "year: 2025", "year: 2025\nbased_on: 2025", "circular-based-on", "stand alone", "based_on"),
    Slip(QUESTIONNAIRE, "year: 2025", "year: 2025\n? [a, b]\n: 1", "invalid-yaml", "word", "? [a"),
    Slip(QUESTIONNAIRE, "baseline:", "<<: {a: 1}\nbaseline:", "invalid-yaml", "based_on", "<<"),
    Slip(QUESTIONNAIRE, "sender: ", "sender: a\nsender: ", "duplicate-key", "sender", "sender: 県"),
    Slip(QUESTIONNAIRE, "sender: ", "\tsender: ", "invalid-yaml", "correct the YAML"),
    Slip(QUESTIONNAIRE, "sender: ", "sendr: ", "invalid-declaration", "sendr"),
    Slip(QUESTIONNAIRE, 'prefecture_code: "33"', 'prefecture_code: "99"', "nobody-surveyed", "99"),
    Slip(QUESTIONNAIRE, "sheet: 計画", "sheet: 様式情報", "invalid-questionnaire", "of its own", "id: plans"),
    Slip(QUESTIONNAIRE, "sheet: 広域連携", "sheet: 計画", "invalid-questionnaire", "belongs to the section", "id: networks"),
    Slip(QUESTIONNAIRE, "sheet: 計画", "sheet: 'a/b:c[*]?'", "invalid-questionnaire", "name of a sheet", "id: plans"),
    Slip(
        QUESTIONNAIRE, "            control: ticks\n",
        "            control: ticks\n            asked_if: [{question: plan_state, in: [complete]}]\n",
        "invalid-questionnaire", "leads back", "id: plan_state",
    ),
    Slip(QUESTIONNAIRE, "in: [complete, partial]", "in: [complet]", "invalid-questionnaire", "complet", "id: plan_count"),
    Slip(
        QUESTIONNAIRE, "      - id: networks\n        grain: network\n",
        "      - id: meetings\n        grain: network\n        label: 会議\n        capacity: 2\n        questions:\n"
        "          - {id: meeting_count, label: 回数, type: count}\n      - id: networks\n        grain: network\n",
        "invalid-questionnaire", "two tables", "id: networks",
    ),
    Slip(
        QUESTIONNAIRE, "{ja: 一部を作成, en: for some}", "{ja: 未作成, en: for some}", "invalid-questionnaire", "未作成",
        "id: plan_state",
    ),
    Slip(
        QUESTIONNAIRE, "{ja: 一部を作成, en: for some}}", "{ja: 一部を作成, en: for some}, aliases: [未作成]}",
        "invalid-questionnaire", "未作成", "id: plan_state",
    ),
    Slip(RULES, "「{member}」", "「{member」", "invalid-rule", "message", "id: drills-agree"),
    Slip(RULES, "「{member}」", "「{membr}」", "invalid-rule", "membr", "id: drills-agree"),
    Slip(
        RULES, "agreement\n    grain: network", "agreement\n    grain: participation", "invalid-rule", "no table",
        "id: drills-agree",
    ),
    Slip(RULES, "agreement\n    grain: network", "agreement", "invalid-rule", "for each 'municipality'", "id: drills-agree"),
    Slip(RULES, "question: drill_count", "question: plan_count", "invalid-rule", "in no table", "id: drills-agree"),
    Slip(RULES, "question: plan_state", "question: measure", "invalid-rule", "no single question", "id: plan-states-total"),
    Slip(RULES, "[complete, partial, not_started]", "[begun]", "invalid-rule", "begun", "id: plan-states-total"),
    _rule("'drill_count' is answered in the table", left="drill_count", right=ONE),
    _rule("'plan_state' is no count or date question", left="plan_state", right=ONE),
    _rule("a day is compared with a number", left="plan_count", right={"reference_date": True}),
    _rule("no multiple question", left="plan_count", right=ONE, when=[{"question": "plan_state", "has": "complete"}]),
    _rule("no single question", left="plan_count", right=ONE, when=[{"question": "measure", "in": ["drill"]}]),
    Slip(RULES, "id: plan-states-total", "id: drills-agree", "invalid-rule", "twice", "id: drills-agree"),
    Slip(RELATIONS, "id: drills-mean", "id: plan-state-partition", "invalid-relation", "twice", "id: plan-state"),
    Slip(RELATIONS, "[plan_state.complete, ", "[plan_state.complet, ", "undeclared-figure", "plan_state.complete", "id: plan-state"),
    Slip(FIGURES, "question: plan_count", "question: plan_cont", "invalid-figure", "plan_cont", "id: plans.total"),
    Slip(PROSE, "訓練は", "訓練（十二市町村）は", "bare-number", "十二"),
    Slip(PROSE, "訓練は", "訓練（27）は", "bare-number", "2"),
    Slip(PROSE, "訓練は", "訓練（五割）は", "bare-number", "五"),
    Slip(PROSE, "訓練は", "令和六年の訓練は", "bare-number", "六"),
    Slip(PROSE, "訓練は", "零回の訓練は", "bare-number", "零"),
    Slip(PROSE, "訓練は", "十数回の訓練は", "bare-number", "十数"),
    Slip(PROSE, "訓練は", "Ⅲ市の訓練は", "bare-number", "Ⅲ"),
    Slip(PROSE, "訓練は", "{{ plans.totl }}訓練は", "unknown-placeholder", "plans.total"),
    Slip(PROSE, "訓練は", "訓練は\n\n<div>隠れた文</div>\n\n", "unsupported-markdown", "隠れた文"),
    Slip(PROSE, "訓練は", "訓練は\n\n##### 深い見出し\n\n", "unsupported-markdown", "headings"),
    Slip(PROSE, "訓練は", "訓練は\n\n{{ prose purpose }}\n\n", "circular-prose", "purpose"),
    Slip(PROSE, "訓練は", "訓練は\n\n{{ ranking plans.total }}\n\n", "no-ranking", "plans.total"),
]  # fmt: skip


@pytest.fixture
def survey(second_survey: Survey, tmp_path: Path) -> Survey:
    shutil.copytree(second_survey.root, tmp_path / "survey")
    return Survey(tmp_path / "survey")


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{Path(slip.file).parent.name} {slip.reference} {slip.words}")
def test_a_slip_is_told_with_its_place_before_anything_runs(survey: Survey, home: Home, slip: Slip) -> None:
    file = survey.root / slip.file
    text = file.read_text(encoding="utf-8")
    assert slip.old in text
    file.write_text(text.replace(slip.old, slip.new), encoding="utf-8")
    with pytest.raises(DeclarationError) as raised:
        open_run(home, survey, YEAR)
    said = raised.value.render()
    assert f"error: {slip.reference}\n" in said
    assert slip.words in said
    assert f"{file.parent.name}/{file.name}:" in said
    if slip.at:
        lines = file.read_text(encoding="utf-8").splitlines()
        places = [n for n, line in enumerate(lines, start=1) if slip.at in line]
        assert any(f"{file.name}:{n}" in said for n in places), said
    assert "\n  fix " in said
    assert not home.root.exists()


def test_what_stands_there_is_no_slip(survey: Survey, home: Home) -> None:
    assert open_run(home, survey, YEAR).year == YEAR


@pytest.mark.parametrize(("disclosure", "is_fault"), [("internal", True), ("aggregate", False), ("public", False)])
def test_an_internal_question_is_not_counted(survey: Survey, home: Home, disclosure: str, is_fault: bool) -> None:
    file = survey.root / QUESTIONNAIRE
    text = file.read_text(encoding="utf-8")
    before, after = text.split("- id: plan_count", 1)
    after = after.replace("disclosure: public", f"disclosure: {disclosure}", 1)
    file.write_text(f"{before}- id: plan_count{after}", encoding="utf-8")
    if is_fault:
        with pytest.raises(DeclarationError, match=r"invalid-figure(.|\n)*plan_count(.|\n)*internal"):
            open_run(home, survey, YEAR)
    else:
        assert open_run(home, survey, YEAR).declarations.questionnaire.questions["plan_count"].disclosure == disclosure


@pytest.mark.parametrize(("disclosure", "is_fault"), [("aggregate", True), ("public", False)])
def test_names_of_who_answered_what_need_a_public_question(
    survey: Survey, home: Home, disclosure: str, is_fault: bool
) -> None:
    file = survey.root / QUESTIONNAIRE
    text = file.read_text(encoding="utf-8").replace("disclosure: public", f"disclosure: {disclosure}")
    file.write_text(text, encoding="utf-8")
    (survey.root / PROSE).write_text("未作成は{{ members plan_state.not_started }}である。\n", encoding="utf-8")
    if is_fault:
        with pytest.raises(DeclarationError, match=r"names-not-public(.|\n)*purpose\.md:1"):
            open_run(home, survey, YEAR)
    else:
        assert open_run(home, survey, YEAR).year == YEAR


def test_a_years_fault_is_told_before_another_year_that_is_built_with_it_runs(survey: Survey, ready: Home) -> None:
    questionnaire = survey.root / "schemas" / "questionnaires"
    (questionnaire / f"{YEAR + 1}.yaml").write_text(f"based_on: {YEAR}\nyear: {YEAR + 1}\n", encoding="utf-8")
    shutil.copytree(ready.work(YEAR), ready.work(YEAR + 1))
    with pytest.raises(DeclarationError, match=f"missing-declaration(.|\n)*{YEAR + 1}.yaml"):
        open_run(ready, survey, YEAR)


@pytest.mark.parametrize("name", [QUESTIONNAIRE, RULES, FIGURES, RELATIONS, PROSE, f"schemas/reports/{YEAR}.md"])
def test_a_text_in_another_encoding_is_told_with_its_line(survey: Survey, home: Home, name: str) -> None:
    path = survey.root / name
    path.write_bytes("year: 2025\n# 和暦\n".encode("cp932"))
    with pytest.raises(DeclarationError, match="unreadable-declaration") as caught:
        open_run(home, survey, YEAR)
    assert f"{path.name}:2" in str(caught.value)


@pytest.mark.parametrize("name", ["parts/x", "../2024/purpose", "/etc/hosts"])
def test_prose_lies_in_the_years_own_folder_where_its_bytes_are_an_input(survey: Survey, home: Home, name: str) -> None:
    (survey.root / PROSE).write_text(f"{{{{ prose {name} }}}}\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"invalid-prose-name(.|\n)*purpose\.md:1"):
        open_run(home, survey, YEAR)


def test_a_folder_in_the_place_of_a_file_is_told(survey: Survey, home: Home) -> None:
    home.waivers(YEAR).mkdir(parents=True)
    with pytest.raises(DeclarationError, match="unreadable-declaration"):
        open_run(home, survey, YEAR)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("numerator: plans.total", "numerator: plans.mean"),
        ("numerator: plans.total", "numerator: drills.mean"),
        ("numerator: plans.total", "numerator: measure_ranking"),
        ("candidates: [measure]", "candidates: [plans.mean]"),
    ],
)
def test_a_ratio_or_a_ranking_is_not_made_of_another(survey: Survey, home: Home, old: str, new: str) -> None:
    path = survey.root / FIGURES
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DeclarationError, match="itself a ratio or ranking"):
        open_run(home, survey, YEAR)


def test_a_count_without_a_question_counts_the_roster_alone(survey: Survey, home: Home) -> None:
    path = survey.root / FIGURES
    text = path.read_text(encoding="utf-8")
    old = "operation: count, grain: network, question: network,"
    assert old in text
    path.write_text(text.replace(old, "operation: count, grain: network,"), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"counts the roster"):
        open_run(home, survey, YEAR)


WAIVER = """year: {year}
waivers:
  - id: one
    findings: [a.b:331007]
    reason: "{reason}"
    authority: 課長
    granted: 2025-06-01
    expires: 2025-12-31
"""


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        (WAIVER.format(year=YEAR, reason="　 "), "invalid-declaration"),
        (WAIVER.format(year=YEAR - 1, reason="督促した"), "waivers-of-another-year"),
        (WAIVER.format(year=YEAR, reason="督促した").replace("2025-12-31", "2025-06-19"), "waiver-not-in-force"),
        (WAIVER.format(year=YEAR, reason="督促した").replace("2025-06-01", "2025-06-21"), "waiver-not-in-force"),
        (
            WAIVER.format(year=YEAR, reason="督促した")
            + WAIVER.format(year=YEAR, reason="督促した").partition("waivers:\n")[2].replace("a.b", "c.d"),
            "duplicate-waiver",
        ),
        (
            WAIVER.format(year=YEAR, reason="督促した")
            + WAIVER.format(year=YEAR, reason="督促した").partition("waivers:\n")[2].replace("id: one", "id: two"),
            "waived-twice",
        ),
    ],
)  # fmt: skip
def test_a_bad_waiver_is_told_before_anything_runs(survey: Survey, home: Home, text: str, reference: str) -> None:
    home.waivers(YEAR).parent.mkdir(parents=True)
    home.waivers(YEAR).write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match=reference):
        open_run(home, survey, YEAR)


GOOD = WAIVER.format(year=YEAR, reason="督促した")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[a.b:331007]", '[""]', "words"),
        ("[a.b:331007]", "[5]", "text, in quotation marks"),
        ("[a.b:331007]", "[]", "at least one entry"),
        ("[a.b:331007]", "a.b:331007", "a list"),
        ("督促した", "\u200b\u3000", "words"),
        ("id: one", "id: One Two", "small letters, digits and hyphens"),
        ("granted: 2025-06-01", "granted: 2025-06-01 09:00:00", "a day without quotation marks and time"),
        ("granted: 2025-06-01", "granted: '2025-06-01'", "a day without quotation marks and time"),
        (f"year: {YEAR}", f"year: {YEAR}.0", "a whole number"),
        (f"year: {YEAR}", "year: 33:45", "33:45: a number to the base of sixty"),
        ("    authority: 課長\n", "", "this key"),
        ("authority: 課長", "authority: 課長\n    until: 2025-07-01", "no key of this name"),
    ],
)
def test_what_is_wrong_with_a_decision_is_told_once_and_in_words(
    survey: Survey, home: Home, old: str, new: str, expected: str
) -> None:
    assert GOOD.count(old) == 1
    home.waivers(YEAR).parent.mkdir(parents=True)
    home.waivers(YEAR).write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        open_run(home, survey, YEAR)
    told = str(caught.value)
    assert told.count("error: ") == 1
    assert expected in told
    assert f"{home.waivers(YEAR)}:" in told


def test_every_shape_of_a_declared_text_has_words_of_its_own() -> None:
    shapes = {
        json.loads(found)
        for path in (PROJECT_ROOT / "schemas" / "json").glob("*.json")
        for found in re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', path.read_text(encoding="utf-8"))
    }
    assert shapes
    assert shapes <= PATTERNS.keys()


@pytest.mark.parametrize(
    "name", [f"{YEAR}.yml", f"{YEAR}.yaml.txt", f"{YEAR} (1).yaml", "R7.yaml", "２０２５.yaml", "２０２５年.xlsx"]
)
def test_a_file_of_decisions_that_would_be_passed_over_is_told(survey: Survey, home: Home, name: str) -> None:
    home.corrections(YEAR).parent.mkdir(parents=True)
    (home.corrections(YEAR).parent / name).write_text("", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"nearly-named(.|\n)*rename it"):
        open_run(home, survey, YEAR)


@pytest.mark.parametrize("name", ["waiver", "correction"])
def test_a_folder_of_decisions_that_is_nearly_named_is_told(survey: Survey, home: Home, name: str) -> None:
    (home.root / name).mkdir(parents=True)
    with pytest.raises(DeclarationError, match=f"nearly-named(.|\n)*found     {name}"):
        open_run(home, survey, YEAR)


def test_a_decision_that_ends_before_it_begins_is_told_as_such(survey: Survey, home: Home) -> None:
    home.waivers(YEAR).parent.mkdir(parents=True)
    home.waivers(YEAR).write_text(GOOD.replace("2025-12-31", "2025-05-31"), encoding="utf-8")
    with pytest.raises(DeclarationError, match="expires-before-granted"):
        open_run(home, survey, YEAR)


@pytest.mark.parametrize(
    ("slip", "line"), [("reason：督促した", 5), ("reason:　督促した", 5), ("reason: 電話: 督促した", 5)]
)
def test_a_slip_of_the_colon_is_told_on_its_line(survey: Survey, home: Home, slip: str, line: int) -> None:
    home.waivers(YEAR).parent.mkdir(parents=True)
    home.waivers(YEAR).write_text(GOOD.replace('reason: "督促した"', slip), encoding="utf-8")
    with pytest.raises(DeclarationError, match=f"invalid-yaml\n  where     {home.waivers(YEAR)}:{line}\n") as caught:
        open_run(home, survey, YEAR)
    assert "a colon in half width" in str(caught.value)


def test_a_file_of_decisions_whose_link_leads_nowhere_is_told(survey: Survey, home: Home) -> None:
    home.waivers(YEAR).parent.mkdir(parents=True)
    home.waivers(YEAR).symlink_to(home.root / "gone.yaml")
    with pytest.raises(DeclarationError, match="missing-declaration"):
        open_run(home, survey, YEAR)


@pytest.mark.parametrize("name", [f"{YEAR - 1}.yaml", f"{YEAR}.yaml~", "README.txt"])
def test_other_files_beside_the_decisions_are_none_of_ours(survey: Survey, home: Home, name: str) -> None:
    home.waivers(YEAR).parent.mkdir(parents=True)
    (home.waivers(YEAR).parent / name).write_text("", encoding="utf-8")
    assert open_run(home, survey, YEAR).year == YEAR


@pytest.mark.parametrize(("granted", "expires"), [("2025-06-20", "2025-12-31"), ("2025-06-01", "2025-06-20")])
def test_a_waiver_holds_on_its_first_and_on_its_last_day(
    survey: Survey, home: Home, granted: str, expires: str
) -> None:
    text = WAIVER.format(year=YEAR, reason="督促した").replace("2025-06-01", granted).replace("2025-12-31", expires)
    home.waivers(YEAR).parent.mkdir(parents=True)
    home.waivers(YEAR).write_text(text, encoding="utf-8")
    assert open_run(home, survey, YEAR).year == YEAR
