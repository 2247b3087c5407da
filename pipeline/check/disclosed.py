"""What is about to be public: no telephone number, no mail address, and no free text that was not asked to be published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from itertools import repeat

import duckdb

from pipeline.check.public_texts import PublicText, declared_texts, public_texts, report_texts, template_texts
from pipeline.check.sought import FREE_TEXT, MAIL, PHONE, WITHHELD, Sought
from pipeline.home import Home
from pipeline.japanese import plain_text
from pipeline.validate.judged import Judged, Judgements
from pipeline.warehouse.connect import connect
from pipeline.warehouse.disclosure import Mart, list_marts
from schemas.survey import Survey, YearDeclarations

WITHHELD_ANSWER = "disclosure.withheld-answer"
STATEMENTS = {
    PHONE: "公表する表と文章に電話番号がない",
    MAIL: "公表する表と文章にメールアドレスがない",
    WITHHELD: "公表しない自由記述が、公表する表にない",
    FREE_TEXT: "公表する自由記述がない",
    WITHHELD_ANSWER: "市町村別に公表しない設問の選択肢が、公表する表の列にない",
}
SEVERITIES = {PHONE: "error", MAIL: "error", WITHHELD: "error", FREE_TEXT: "warning", WITHHELD_ANSWER: "error"}


def judge_disclosure(home: Home, survey: Survey, declarations: YearDeclarations) -> Judgements:
    """Look through the public columns and rows of every mart of the year, and through the texts that the report takes over.

    A public mart that was not built cannot be verified.
    """
    judgements = Judgements(declarations.year, "disclosure")
    for rule_id, statement in STATEMENTS.items():
        judgements.count(rule_id, SEVERITIES[rule_id], statement, [])
    with closing(connect(home.year_warehouse(declarations.year), read_only=True)) as connection:
        built = {name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()}
        in_marts = Sought(_free_texts(connection, declarations), _known_words(declarations))
        for mart in (mart for mart in list_marts(survey).values() if mart.is_public):
            if mart.name in built:
                texts = list(public_texts(connection, mart, declarations))
                _judge(texts, in_marts, judgements)
                _judge_columns(texts, declarations, judgements)
            else:
                _tell_unbuilt(mart, judgements)
        elsewhere = Sought()
        _judge(report_texts(survey, declarations), elsewhere, judgements)
        _judge(declared_texts(declarations), elsewhere, judgements)
        _judge(template_texts(survey, declarations), elsewhere, judgements)
        _add_cells(connection, judgements)
    return judgements


def _judge(texts: Iterable[PublicText], sought: Sought, into: Judgements) -> None:
    passed: Counter[str] = Counter(dict.fromkeys(sought.rules, 0))
    for told in texts:
        found = sought.within(told.text)
        passed.update(rule_id for rule_id in sought.rules if rule_id not in found)
        for rule_id in sought.rules:
            if rule_id in found:
                _tell(rule_id, told, found[rule_id], into)
    for rule_id, count in passed.items():
        into.count(rule_id, SEVERITIES[rule_id], STATEMENTS[rule_id], repeat("pass", count))


def _judge_columns(texts: Iterable[PublicText], declarations: YearDeclarations, into: Judgements) -> None:
    """See that no column of a mart holds the options of a question that is not public, and nothing else, whatever it is called.

    Options that a public question has too, as yes and no, tell nothing of where they come from. Numbers cannot be known so.
    """
    columns: dict[str, set[str]] = {}
    for told in texts:
        columns.setdefault(told.place, set()).add(told.text)
    words: dict[bool, dict[str, tuple[set[str], set[str]]]] = {True: {}, False: {}}
    for question in declarations.questionnaire.questions.values():
        if question.choices:
            options = {o.code for o in question.choices}, {o.label.ja for o in question.choices}
            words[question.disclosure == "public"][question.id] = options
    known = {word for own in words[True].values() for kind in own for word in kind}
    for place, values in columns.items():
        whose = [
            name for name, own in words[False].items() if any(values <= kind for kind in own) and not values <= known
        ]
        severity, statement = SEVERITIES[WITHHELD_ANSWER], STATEMENTS[WITHHELD_ANSWER]
        into.count(WITHHELD_ANSWER, severity, statement, ["fail" if whose else "pass"])
        for name in whose[:1]:
            label = declarations.questionnaire.questions[name].label.ja
            into.doubt(Judged(
                WITHHELD_ANSWER, severity, 1, statement, "fail",
                f"公表する{place}の値は、市町村別に公表しない設問「{label}」の選択肢だけです。"
                "列の定義に question又はdisclosureを書いて公表から除くか、設問の公表の方針を改めてください。",
                subject=f"{place}:{name}", names_place=True,
            ))  # fmt: skip


def _free_texts(connection: duckdb.DuckDBPyConnection, declarations: YearDeclarations) -> dict[str, bool]:
    """The year's answers in free text; one that is given to a public question too is public."""
    levels = {q.id: q.disclosure == "public" for q in declarations.questionnaire.questions.values() if q.type == "text"}
    rows = connection.execute(
        "select distinct question_id, value_text from stg_answers where year = ? and value_text is not null order by all",
        [declarations.year],
    ).fetchall()
    texts: dict[str, bool] = {}
    for question_id, text in rows:
        if question_id in levels and (plain := plain_text(text)):
            texts[plain] = texts.get(plain, False) or levels[question_id]
    return texts


def _known_words(declarations: YearDeclarations) -> set[str]:
    """Words that everybody knows: names of the roster and the register, labels and codes of what is declared."""
    questions = declarations.questionnaire.questions.values()
    words = [question.label.ja for question in questions]
    words += [figure.label.ja for figure in declarations.figures.values()]
    words += [word for q in questions for option in q.choices for word in (option.label.ja, option.code)]
    words += [entity.name for entity in declarations.reference.register]
    words += [word for m in declarations.municipalities for word in (m.name, m.kana, m.kind, m.code)]
    return {plain_text(word) for word in words}


def _tell(rule_id: str, told: PublicText, found: str, into: Judgements) -> None:
    into.count(rule_id, SEVERITIES[rule_id], STATEMENTS[rule_id], ["fail"])
    what = {
        PHONE: "電話番号とみられる",
        MAIL: "メールアドレスとみられる",
        WITHHELD: "公表しない自由記述の",
        FREE_TEXT: "自由記述の",
    }[rule_id]
    action = (
        "公表してよいか、読んで確かめてください。" if rule_id == FREE_TEXT
        else "公表しないよう回答を訂正するか、公表してよいときは理由を付けて例外として認めてください。"
    )  # fmt: skip
    into.doubt(Judged(
        rule_id, SEVERITIES[rule_id], 1, STATEMENTS[rule_id], "fail",
        f"公表する{told.place}に、{what}「{found}」があります。{action}",
        municipality_code=told.municipality_code, subject=f"{told.place}:{found}", names_place=True,
    ))  # fmt: skip


def _tell_unbuilt(mart: Mart, into: Judgements) -> None:
    for rule_id in (PHONE, MAIL, WITHHELD, WITHHELD_ANSWER):
        into.count(rule_id, SEVERITIES[rule_id], STATEMENTS[rule_id], ["unverifiable"])
        into.doubt(Judged(
            rule_id, SEVERITIES[rule_id], 1, STATEMENTS[rule_id], "unverifiable",
            f"公表する表 {mart.name} が作られていないため、確かめられません。", subject=mart.name,
        ))  # fmt: skip


def _add_cells(connection: duckdb.DuckDBPyConnection, into: Judgements) -> None:
    """Name the cells of the year's returns in which what was found stands."""
    for number, doubt in enumerate(into.doubts):
        if doubt.verdict != "fail" or doubt.municipality_code is None:
            continue
        found = doubt.subject.partition(":")[2]
        cells = connection.execute(
            "select r.file_name || '!' || c.sheet || '!' || c.address from stg_cells as c"
            " inner join stg_returns as r on c.year = r.year and c.return_id = r.return_id"
            " where c.year = ? and c.municipality_code = ? and contains(nfc_normalize(c.text), ?) order by 1",
            [into.year, doubt.municipality_code, found],
        ).fetchall()
        into.doubts[number] = replace(doubt, cells=tuple(cell for (cell,) in cells))
