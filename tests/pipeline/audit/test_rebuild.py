"""A release built again: equal to the last byte, or every file that differs is named. A printed digest cannot be forged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.audit.rebuild import rebuild_release
from pipeline.audit.verify import find_release, verify_release
from pipeline.check.inputs import fingerprint
from pipeline.hashes import sha256_file
from pipeline.home import Home
from pipeline.publish.digest import is_same_digest, report_digest
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai
from tests.support.corrections import correction, put_corrections
from tests.support.judging import put_returns
from tests.support.locking import lock
from tests.support.waivers import waive


@pytest.fixture
def copy(released: Home, tmp_path: Path) -> Home:
    shutil.copytree(released.root, tmp_path / "home")
    return Home(tmp_path / "home")


def forge(folder: Path, name: str) -> None:
    """Change a file of a release and everything that would tell of it: manifest, seal and the list of releases fit it afterwards."""
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"27", b"26", 1))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["outputs"][name] = {"sha256": sha256_file(path), "size": path.stat().st_size}
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    seal = json.loads((folder / "seal.json").read_text(encoding="utf-8"))
    seal["files"]["manifest.json"] = sha256_file(folder / "manifest.json")
    seal["check"] = fingerprint(seal["files"])
    (folder / "seal.json").write_text(json.dumps(seal, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    issued = folder.parents[2] / "releases.jsonl"
    lines = [json.loads(line) for line in issued.read_bytes().splitlines()]
    lines[-1]["manifest"] = sha256_file(folder / "manifest.json")
    issued.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def test_both_releases_of_a_year_are_built_again_to_the_last_byte(released: Home, second_survey: Survey) -> None:
    before = {path: path.stat().st_mtime_ns for path in released.root.rglob("*")}
    for name in (f"{YEAR}/r1", f"{YEAR}/r2"):
        assert rebuild_release(released, second_survey, find_release(released, name)) == []
    assert {path: path.stat().st_mtime_ns for path in released.root.rglob("*")} == before


def test_a_release_is_built_again_with_the_decisions_of_its_time(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    put_returns(home, second_declarations, {}, without=("331007",))
    waive(home, ["return.missing:331007"])
    put_corrections(home, YEAR, correction(second_declarations, "332020", ("plan_count", 1, None), expect=12, to=15))
    run_year(open_run(home, second_survey, YEAR))
    folder = release_year(home, second_survey, YEAR, by="試験")
    home.waivers(YEAR).write_text("waivers: [", encoding="utf-8")
    home.corrections(YEAR).unlink()
    assert rebuild_release(home, second_survey, folder) == []
    (folder / "internal" / "decisions" / "corrections.yaml").unlink()
    assert [fault.where for fault in rebuild_release(home, second_survey, folder)] == ["inputs: corrections"]


def test_a_forged_file_that_fits_its_forged_manifest_is_found_by_building_again(
    copy: Home, second_survey: Survey
) -> None:
    folder = find_release(copy, str(YEAR))
    forge(folder, "public/figures.csv")
    assert verify_release(copy, folder).faults == []
    called = kyogikai("verify", YEAR, "--rebuild", "--json", home=copy.root, survey=second_survey.root)
    assert called.code == 11
    named = {Path(fault["where"]).name for fault in called.json["faults"]}
    assert named == {"figures.csv", "manifest.json"}


def test_what_another_version_made_is_not_built_again_but_told(copy: Home, second_survey: Survey) -> None:
    folder = find_release(copy, str(YEAR))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["inputs"] |= {"code": "0" * 64, "what_no_version_knows_any_more": "1"}
    manifest["version"] = "0.0.9"
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    faults = rebuild_release(copy, second_survey, folder)
    assert [fault.where for fault in faults] == ["inputs: code", "inputs: what_no_version_knows_any_more"]
    assert "another version" in faults[0].found
    assert faults[0].expected.endswith("with Kyogikai 0.0.9")


def test_a_receipt_that_is_gone_cannot_be_built_from(copy: Home, second_survey: Survey) -> None:
    lines = copy.ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    copy.ledger.write_text("".join(lines[:-1]), encoding="utf-8")
    (fault,) = rebuild_release(copy, second_survey, find_release(copy, str(YEAR)))
    assert fault.where == str(copy.ledger)
    assert fault.found.startswith("no receipt ")


def test_the_printed_digest_is_that_of_its_release_alone(released: Home, second_survey: Survey) -> None:
    digests = []
    for name in ("r1", "r2"):
        folder = find_release(released, f"{YEAR}/{name}")
        printed = (folder / "public" / "report.txt").read_text(encoding="utf-8").split()[-1]
        for typed in (printed, printed.lower(), printed.replace("-", " "), printed.replace("-", "－")):
            assert verify_release(released, folder, printed=typed).faults == []
        digests.append(printed)
    assert digests[0] != digests[1]
    wrong = kyogikai("verify", f"{YEAR}/r1", "--printed", digests[1], home=released.root, survey=second_survey.root)
    assert wrong.code == 11
    assert f"expected  {digests[0]}" in wrong.out


@pytest.mark.parametrize("key", ["fingerprint", "contents"])
def test_a_digest_follows_from_inputs_and_figures(key: str) -> None:
    judged = {"fingerprint": "a" * 64, "contents": {"fct_figures": "b" * 64}, "as_of": "now"}
    other = {**judged, key: "c" * 64}
    assert report_digest(judged) == report_digest({**judged, "as_of": "later"})
    assert not is_same_digest(report_digest(other), report_digest(judged))
    assert not is_same_digest("", report_digest(judged))


def test_a_release_with_a_locked_return_is_built_again_with_its_password_and_not_without(
    home: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    put_returns(home, second_declarations, {})
    first = next(iter(sorted(home.inbox(YEAR).iterdir())))
    first.write_bytes(lock(first.read_bytes(), "secret"))
    home.passwords.write_text("passwords: {any: ['secret']}", encoding="utf-8")
    run_year(open_run(home, second_survey, YEAR))
    folder = release_year(home, second_survey, YEAR, by="tester")
    assert rebuild_release(home, second_survey, folder) == []
    home.passwords.unlink()
    (fault,) = rebuild_release(home, second_survey, folder)
    assert "password-gone" in fault.found
