"""Files behind a password: opened with what the home's secret file says, which nothing else ever says."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from pipeline.chained import GENESIS
from pipeline.collect.collect import collect, uncollected
from pipeline.collect.ledger import Receipt, current_returns, read_ledger
from pipeline.home import Home
from pipeline.read.read import read_returns
from pipeline.run import open_run, run_year
from schemas.errors import DeclarationError, InputError
from schemas.passwords import Passwords, load_passwords
from schemas.survey import Survey, YearDeclarations
from tests.conftest import fill_inbox
from tests.support.locking import lock
from tests.support.workbooks import write_workbook

CODE, SECRET = "331007", "Zq8vひみつ7Rk2"


@pytest.fixture
def locked(second_declarations: YearDeclarations) -> bytes:
    return lock(write_workbook(second_declarations, CODE, {}), SECRET)


def put(home: Home, name: str, content: bytes) -> None:
    home.inbox(2025).mkdir(parents=True, exist_ok=True)
    (home.inbox(2025) / name).write_bytes(content)


def know(home: Home, text: str) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    home.passwords.write_text(text, encoding="utf-8")


def test_a_file_is_taken_once_its_password_is_known_and_is_kept_as_it_came(
    home: Home, second_declarations: YearDeclarations, locked: bytes
) -> None:
    put(home, "岡山市.xlsx", locked)
    (first,) = collect(home, second_declarations)
    assert (first.event, first.reason) == ("rejected", "encrypted")
    assert (collect(home, second_declarations), uncollected(home, 2025)) == ([], [])
    know(home, "passwords: {any: [違う]}")
    assert (collect(home, second_declarations), uncollected(home, 2025)) == ([], [])
    know(home, f"passwords:\n  any: [違う]\n  '{CODE}': ['{SECRET}']\n")
    assert [path.name for path in uncollected(home, 2025)] == ["岡山市.xlsx"]
    (second,) = collect(home, second_declarations)
    assert (second.event, second.municipality_code, second.notes) == ("accepted", CODE, ("password",))
    assert home.archived(second.sha256).read_bytes() == locked
    assert (collect(home, second_declarations), uncollected(home, 2025)) == ([], [])
    assert read_returns(home, second_declarations)["returns"]["notes"].to_list() == ['["password"]']


def test_without_the_password_of_a_return_that_was_taken_the_error_says_which_and_what_to_do(
    home: Home, second_declarations: YearDeclarations, locked: bytes
) -> None:
    put(home, "岡山市.xlsx", locked)
    know(home, f"passwords: {{any: ['{SECRET}']}}")
    collect(home, second_declarations)
    home.passwords.unlink()
    with pytest.raises(InputError, match=rf"password-gone(.|\n)*岡山市.xlsx(.|\n)*{CODE}(.|\n)*passwords.yaml"):
        read_returns(home, second_declarations)


def test_a_whole_run_says_the_password_nowhere(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations, locked: bytes,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    fill_inbox(home, second_declarations)
    for path in home.inbox(2025).glob(f"{CODE}*"):
        path.write_bytes(lock(path.read_bytes(), SECRET))
    know(home, f"passwords: {{any: ['{SECRET}']}}")
    manifest = run_year(open_run(home, second_survey, 2025))
    assert manifest["returns_received"] == len(second_declarations.municipalities)
    files = [path for path in home.root.rglob("*") if path.is_file() and path != home.passwords]
    assert len(files) > 40
    forms = [SECRET.encode(code) for code in ("utf-8", "utf-16-le", "cp932")] + [SECRET.encode("unicode_escape")]
    assert [path for path in files if any(form in path.read_bytes() for form in forms)] == []
    assert SECRET not in "".join(capfd.readouterr())
    assert "findings.parquet" in {path.name for path in files}


@pytest.mark.parametrize(
    "text",
    [
        f"passwords: {{any: {SECRET}}}",
        f"passwords: {{'{SECRET}': [a]}}",
        f"{SECRET}: 1",
        f"passwords: [{SECRET}]",
        f"passwords: {{any: [2024-02-30, {SECRET}]}}",
        f"passwords:\n  any: ['{SECRET}'\n  x",
        f"{SECRET}",
        "passwords: {any: [12345678]}",
        f"passwords: {{any: ['a'], any: ['{SECRET}']}}",
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_line_and_without_its_words(home: Home, text: str) -> None:
    know(home, text)
    with pytest.raises(DeclarationError, match=r"unreadable-passwords\n.*passwords\.yaml:\d") as raised:
        load_passwords(home.passwords)
    assert SECRET not in raised.value.render()
    assert "12345678" not in raised.value.render()
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("name", ["passwords.yml", "passwords.txt", "password.yaml"])
def test_a_file_with_nearly_the_right_name_is_told(home: Home, name: str) -> None:
    home.root.mkdir(parents=True)
    (home.root / name).write_text("passwords: {}", encoding="utf-8")
    with pytest.raises(DeclarationError, match="nearly-named"):
        load_passwords(home.passwords)


def test_the_most_likely_password_is_tried_first_and_none_is_printed() -> None:
    passwords = Passwords({"any": ("b", "c"), "112411": ("d",), "331007": ("a", "b")})
    assert passwords.likely(["331007"]) == ("a", "b", "c", "d")
    assert "'a'" not in repr(passwords)


def test_the_lines_of_older_ledgers_keep_their_hashes() -> None:
    fields = {
        "seq": 1, "received_at": "2025-06-20T00:00:00+09:00", "event": "accepted", "year": 2025, "file_name": "a.xlsx",
        "sha256": "0" * 64, "size": 1, "previous_hash": GENESIS, "hash": "",
    }  # fmt: skip
    old = Receipt.model_validate(fields)
    assert old.computed_hash() == "c4a67e8aae0eba4d0dfcc4c0b99b829646a7f489d489666455c1c9cd9074d20e"
    assert Receipt.model_validate({**fields, "format": "xls"}).computed_hash() != old.computed_hash()


def test_the_file_of_passwords_is_known_to_git_as_one_to_leave_out() -> None:
    ignored = (Path(__file__).parents[3] / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/data/*" in ignored
    assert "!/data/passwords.yaml" not in ignored


def test_a_locked_file_in_a_zip_is_taken_with_its_password(
    home: Home, second_declarations: YearDeclarations, locked: bytes
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("岡山市.xlsx", locked)
    put(home, "回答.zip", buffer.getvalue())
    assert [receipt.reason for receipt in collect(home, second_declarations)] == [None, "encrypted"]
    know(home, f"passwords: {{any: ['{SECRET}']}}")
    assert [receipt.event for receipt in collect(home, second_declarations)] == ["accepted"]
    assert set(current_returns(read_ledger(home.ledger), 2025)) == {CODE}
