"""What came from outside is shown in a terminal as text: it moves no cursor, sets no title and turns no line round."""

from __future__ import annotations

import json

import pytest
from rich.markup import escape

from pipeline.commands.output import show_json, show_rows
from pipeline.commands.setting import stderr, stdout
from pipeline.home import Home
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR
from tests.support.command import kyogikai

HOSTILE = "a\x1b]0;題\x07\x1b[2J\x9b31m\u202eb\rc"
SEEN = "a<U+001B>]0;題<U+0007><U+001B>[2J<U+009B>31m<U+202E>b<U+000D>c"


@pytest.mark.parametrize("console", [stdout, stderr], ids=["stdout", "stderr"])
def test_a_text_commands_no_terminal(capsys: pytest.CaptureFixture[str], console: object) -> None:
    console.print(escape(HOSTILE), "b\nc")  # type: ignore[attr-defined]
    captured = capsys.readouterr()
    assert captured.out + captured.err == f"{SEEN} b\nc\n"


def test_rows_and_json_are_text_too(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([{"file": HOSTILE}], ["file"])
    assert capsys.readouterr().out == f"file\n{SEEN}\n"
    show_json({HOSTILE: [HOSTILE]})
    printed = capsys.readouterr().out
    assert printed.isascii() or all(letter.isprintable() or letter == "\n" for letter in printed)
    assert json.loads(printed) == {HOSTILE: [HOSTILE]}


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_query_that_gives_such_a_text_shows_it(finished_home: Home, second_survey: Survey, form: str) -> None:
    query = "select chr(27) || '[2J' as a, '=1+1' as b"
    called = kyogikai("sql", SECOND_YEAR, query, "--format", form, home=finished_home.root, survey=second_survey.root)
    assert called.code == 0
    assert "\x1b" not in called.out
    assert ("'=1+1" in called.out) == (form == "csv")


def test_a_file_name_is_shown_as_text(home: Home, second_survey: Survey) -> None:
    inbox = home.inbox(SECOND_YEAR)
    inbox.mkdir(parents=True)
    (inbox / "[red]\x1b[2J\nerror: none.xlsx").write_bytes(b"no workbook")
    called = kyogikai("collect", SECOND_YEAR, home=home.root, survey=second_survey.root)
    told = called.out + called.err
    assert "[red]<U+001B>[2J<U+000A>error: none.xlsx" in told
    assert "\x1b" not in told
