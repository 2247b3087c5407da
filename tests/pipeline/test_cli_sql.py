"""SQL of an analyst's own: one query, a file, a prompt; read only, and never in the way of a run."""

from __future__ import annotations

import io
import json
from pathlib import Path

import duckdb
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from pipeline.commands.sql_prompt import SqlCompleter, prompt_for_queries
from pipeline.home import Home
from pipeline.run import open_run, run_year
from pipeline.warehouse.sql import Answered, SqlSession
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import Called, kyogikai
from tests.support.corrections import correction, put_corrections

CODE, PLACE = "332020", ("plan_count", 1, None)
COUNT = "select count(*) as figure_count from fct_figures where year = getvariable('year')"


def ask(home: Home, survey: Survey, *words: object) -> Called:
    return kyogikai("sql", YEAR, *words, home=home.root, survey=survey.root)


def test_one_query_is_answered_in_each_form(finished_home: Home, second_survey: Survey) -> None:
    table = ask(finished_home, second_survey, COUNT)
    assert table.code == 0
    name, count = table.out.splitlines()
    assert name == "figure_count"
    assert int(count) > 10
    assert ask(finished_home, second_survey, COUNT, "--format", "csv").out == f"figure_count\n{count}\n"
    assert json.loads(ask(finished_home, second_survey, COUNT, "--format", "json").out) == [
        {"figure_count": int(count)}
    ]


def test_values_that_json_does_not_know_are_told_as_text(finished_home: Home, second_survey: Survey) -> None:
    found = ask(finished_home, second_survey, "select date '2024-09-30' as day, null as nothing", "--format", "json")
    assert json.loads(found.out) == [{"day": "2024-09-30", "nothing": None}]


def test_a_file_and_what_is_piped_in_are_queries_too(
    finished_home: Home, second_survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "query.sql"
    file.write_text(f"-- 数値の数\n{COUNT};\nselect 1 as one;", encoding="utf-8-sig")
    told = ask(finished_home, second_survey, "--file", file).out.splitlines()
    assert [told[0], *told[2:]] == ["figure_count", "one", "1"]
    monkeypatch.setattr("sys.stdin", io.StringIO(COUNT))
    assert ask(finished_home, second_survey).out.splitlines()[0] == "figure_count"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["select nonsense"], 2, "nonsense"),
        (["create table mine as select 1"], 2, "read-only"),
        (["drop table fct_figures"], 2, "read-only"),
        ([""], 2, "no statement"),
        (["select 1", "--file", "x.sql"], 2, "not both"),
        (["--file", "nowhere.sql"], 11, "unreadable-query"),
        (["select 1", "--release", "r9"], 2, "none is there"),
        (["select 1", "--release", "../.."], 2, "unknown-release"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    finished_home: Home, second_survey: Survey, words: list[str], code: int, told: str
) -> None:
    found = ask(finished_home, second_survey, *words)
    assert (found.code, found.out) == (code, "")
    assert told in found.err


@pytest.mark.parametrize("query", [
    "copy (select 1) to '{path}' (format csv)", "export database '{path}'", "select * from read_csv('{readable}')",
    "set enable_external_access = true", "attach '{path}' as other", "install httpfs",
])  # fmt: skip
def test_no_other_file_is_read_or_written(
    finished_home: Home, second_survey: Survey, tmp_path: Path, query: str
) -> None:
    path = tmp_path / "out"
    called = ask(finished_home, second_survey, query.format(path=path, readable=finished_home.ledger))
    assert (called.code, path.exists()) == (2, False)
    assert "sql-refused" in called.err


def test_a_plan_is_shown_and_what_is_no_number_is_null_in_json(finished_home: Home, second_survey: Survey) -> None:
    assert "SCAN" in ask(finished_home, second_survey, "explain from fct_figures").out.upper()
    assert ask(
        finished_home, second_survey, "select 'nan'::double as a, 1.5::double as b", "--format", "json"
    ).json == [{"a": None, "b": 1.5}]


def test_without_a_warehouse_it_says_what_to_do(home: Home, second_survey: Survey) -> None:
    assert "kyogikai" in ask(home, second_survey, COUNT).err
    with pytest.raises(InputError, match="no-warehouse"):
        SqlSession(home.warehouse, YEAR)


def test_a_release_is_asked_by_its_own_file(ready: Home, second_survey: Survey) -> None:
    public = ready.releases(YEAR) / "r1" / "public"
    public.mkdir(parents=True)
    with duckdb.connect(str(public / f"kyogikai_{YEAR}.duckdb")) as database:
        database.execute("create table figures as select 'A01' as published_id")
    found = ask(ready, second_survey, "from figures", "--release", "r1")
    assert (found.code, found.out) == (0, "published_id\nA01\n")


def test_an_open_session_neither_stops_a_run_nor_sees_what_it_changes(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    query = "select * from fct_figures order by all"
    with SqlSession(ready.warehouse, YEAR) as session:
        before = list(session.answer(query))
        put_corrections(ready, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to=15))
        run_year(open_run(ready, second_survey, YEAR))
        assert list(session.answer(query)) == before
    with SqlSession(ready.warehouse, YEAR) as session:
        assert list(session.answer(query)) != before


# The prompt


def complete(text: str) -> list[str]:
    completer = SqlCompleter(
        {"fct_figures": ["figure_id", "display"], "mart_plans": ["plan_count"]}, ["select", "from"]
    )
    return [found.text for found in completer.get_completions(Document(text), CompleteEvent())]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("sel", ["select"]), ("select fig", ["figure_id"]), ("select count(dis", ["display"]),
        ("from F", ["fct_figures", "figure_id", "from"]),
        ("select mart_plans.", ["plan_count"]), ("select mart_plans.x", []), ("select ", []), ("select a,fct", ["fct_figures"]),
    ],
)  # fmt: skip
def test_names_are_completed(text: str, names: list[str]) -> None:
    assert complete(text) == names


def test_a_prompt_answers_until_it_is_left(finished_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    typed = "select 1\nas one;\nselect nonsense;\n\n.tables\n.columns stg_returns\n.exit\n"
    shown: list[Answered] = []
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(typed)
        with SqlSession(finished_home.warehouse, YEAR) as session:
            prompt_for_queries(session, shown.append)
    assert shown[0] == Answered(["one"], [(1,)])
    assert ("fct_figures",) in shown[1].rows
    assert ("return_id",) in shown[2].rows
    assert len(shown) == 3
    assert "nonsense" in capsys.readouterr().err


def test_a_prompt_ends_with_the_end_of_what_is_typed(finished_home: Home) -> None:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("\x04")
        with SqlSession(finished_home.warehouse, YEAR) as session:
            prompt_for_queries(session, lambda _: pytest.fail("nothing was asked"))


def test_a_query_that_is_stopped_by_hand_ends_alone(finished_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[Answered] = []

    def show(answered: Answered) -> None:
        if answered.columns == ["stopped"]:
            raise KeyboardInterrupt
        shown.append(answered)

    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("select 1 as stopped;\n.help\nselect 2 as two;\n.exit\n")
        with SqlSession(finished_home.warehouse, YEAR) as session:
            prompt_for_queries(session, show)
    assert shown == [Answered(["two"], [(2,)])]
    assert ".columns TABLE" in capsys.readouterr().err
