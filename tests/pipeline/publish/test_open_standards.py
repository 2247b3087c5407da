"""datapackage.json and csv-metadata.json before the tools of their own standards, and what these say of damaged files."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.publish.keys import ForeignKey, foreign_keys
from pipeline.publish.open_data import Resource

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import csvw
    from frictionless import FrictionlessException, Package

BY_BYTES = ("hash-count", "byte-count")
pytestmark = pytest.mark.filterwarnings("ignore")  # the tools' own


@pytest.fixture
def public(demo_release: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_release / "public", tmp_path / "public", ignore=shutil.ignore_patterns("site", "*.duckdb"))
    return tmp_path / "public"


KEPT = {"figures.csv", "codes.csv", "rankings.csv", "mart_council.csv", "mart_establishment.csv", "mart_activity.csv"}


@pytest.fixture(scope="module")
def small_release(demo_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some tables of the release, the largest with the rows of two municipalities, and what both descriptions say of these."""
    folder = tmp_path_factory.mktemp("small") / "public"
    folder.mkdir()
    for name in KEPT:
        shutil.copy(demo_release / "public" / name, folder / name)
    rows = (folder / "mart_activity.csv").read_bytes().splitlines(keepends=True)
    (folder / "mart_activity.csv").write_bytes(
        b"".join(row for row in rows if row[:12] in (rows[0][:12], b"2024,111007,", b"2024,112011,"))
    )
    for name, tables, place in (("datapackage.json", "resources", "path"), ("csv-metadata.json", "tables", "url")):
        described = json.loads((demo_release / "public" / name).read_bytes())
        described[tables] = [table for table in described[tables] if table[place] in KEPT]
        (folder / name).write_text(json.dumps(described, ensure_ascii=False, indent=2), encoding="utf-8")
    return folder


@pytest.fixture
def small(small_release: Path, tmp_path: Path) -> Path:
    shutil.copytree(small_release, tmp_path / "small")
    return tmp_path / "small"


def faults_of_package(public: Path) -> list[str]:
    """What the reader of Data Packages says, but for hashes and sizes: these tell of any change, whatever it is."""
    try:
        report = Package(str(public / "datapackage.json")).validate()
    except FrictionlessException as error:
        return [error.error.type]
    found = [*(error for task in report.tasks for error in task.errors), *report.errors]
    return [error.type for error in found if error.type not in BY_BYTES]


def faults_of_csvw(public: Path) -> list[str]:
    """What the reader of CSV on the Web says, of the metadata and of every row and key."""
    said: list[str] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            whole = csvw.CSVW(str(public / "csv-metadata.json"), validate=True)
            said += [] if whole.is_valid else ["invalid"]
            group = csvw.TableGroup.from_file(public / "csv-metadata.json")
            for table in group.tables:
                list(table.iterdicts(strict=True))
                table.check_primary_key()
            group.check_referential_integrity()
        said += [str(warning.message) for warning in caught if "csvw" in str(warning.filename)]
    except (ValueError, KeyError, TypeError, OSError) as error:
        said.append(f"{type(error).__name__}: {error}")
    return said


def test_a_release_is_valid_before_both(public: Path) -> None:
    assert faults_of_package(public) == []
    assert faults_of_csvw(public) == []


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode("utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())


Damage = Callable[[Path], None]


@pytest.mark.parametrize(
    ("damage", "package", "web"),
    [
        (lambda p: edit(p / "figures.csv", "2024,", "none,"), True, True),
        (lambda p: edit(p / "mart_activity.csv", ",true", ",はい"), True, True),
        (lambda p: edit(p / "codes.csv", "question_id", "question"), True, True),
        (lambda p: edit(p / "mart_council.csv", "2024,council-112011", "2024,council-111007"), True, True),
        (lambda p: edit(p / "rankings.csv", "agenda_topic_ranking", "no_ranking"), False, True),
        (lambda p: (p / "codes.csv").unlink(), True, True),
        (lambda p: edit(p / "datapackage.json", '"type": "integer"', '"type": "whole"'), True, False),
        (lambda p: edit(p / "csv-metadata.json", '"datatype": "integer"', '"datatype": "whole"'), False, True),
        (lambda p: edit(p / "csv-metadata.json", '"name": "label_en"', '"name": "label en"'), False, True),
        (lambda p: edit(p / "csv-metadata.json", '"columnReference"', '"columnReferences"'), False, True),
    ],
)  # fmt: skip
def test_what_is_damaged_is_found(small: Path, damage: Damage, package: bool, web: bool) -> None:
    damage(small)
    assert (bool(faults_of_package(small)), bool(faults_of_csvw(small))) == (package, web)


def test_what_is_whole_is_not_said_to_be_damaged(small: Path) -> None:
    assert (faults_of_package(small), faults_of_csvw(small)) == ([], [])


def tree(public: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((public / "csv-metadata.json").read_bytes())
    return found


def test_every_column_is_described_as_in_the_data_package(public: Path) -> None:
    package = json.loads((public / "datapackage.json").read_bytes())
    tables = {table["url"]: table["tableSchema"] for table in tree(public)["tables"]}
    assert set(tables) == {path.name for path in public.glob("*.csv")}
    for resource in package["resources"]:
        schema = tables[resource["path"]]
        fields = [
            (f["name"], f.get("title"), f.get("unit"), f.get("description")) for f in resource["schema"]["fields"]
        ]
        assert fields == [
            (c["name"], c["titles"].get("ja"), c.get("schema:unitText"), c.get("dc:description"))
            for c in schema["columns"]
        ]
        assert schema.get("primaryKey") == resource["schema"].get("primaryKey")
        assert all(c["titles"]["en"] == c["name"] for c in schema["columns"])
    assert tree(public)["dialect"]["lineTerminators"] == ["\r\n"]


def test_a_formula_is_disarmed_in_both_descriptions_alike(small: Path) -> None:
    edit(small / "codes.csv", ",own council", ",'=own council")
    assert (faults_of_package(small), faults_of_csvw(small)) == ([], [])
    assert any("「'」" in line for line in tree(small)["rdfs:comment"])


def test_the_foreign_keys_are_those_that_hold(public: Path) -> None:
    keys = {
        (table["url"], tuple(key["columnReference"])): key["reference"]["resource"]
        for table in tree(public)["tables"]
        for key in table["tableSchema"].get("foreignKeys", ())
    }
    assert keys == {
        ("rankings.csv", ("year", "figure_id")): "figures.csv",
        ("rankings.csv", ("year", "candidate_id")): "figures.csv",
        ("mart_activity.csv", ("year", "municipality_code")): "mart_establishment.csv",
        ("mart_activity.csv", ("year", "question_id", "option_code")): "codes.csv",
        ("mart_core_center.csv", ("year", "municipality_code")): "mart_establishment.csv",
        ("mart_answers.csv", ("year", "municipality_code")): "mart_establishment.csv",
        ("mart_figure_series.csv", ("year", "figure_id")): "figures.csv",
        ("mart_rows_core_center.csv", ("year", "municipality_code")): "mart_establishment.csv",
        ("mart_rows_council.csv", ("year", "municipality_code")): "mart_establishment.csv",
    }


def resource(name: str, key: tuple[str, ...], **columns: list[Any]) -> Resource:
    return Resource(name, name, pl.DataFrame(columns), primary_key=key)


@pytest.mark.parametrize(
    ("rows", "holds"),
    [(["a", "b"], True), (["a", "a"], True), (["a", "c"], False), (["a", None], False), ([], False), ([1, 2], False)],
)
def test_a_key_is_told_only_where_every_row_has_its_match(rows: list[Any], holds: bool) -> None:
    target = resource("areas", ("area",), area=["a", "b"])
    source = resource("people", ("person",), person=list(range(len(rows))), area=rows)
    expected = [ForeignKey(("area",), "areas", ("area",))] if holds else []
    assert foreign_keys(source, [source, target]) == expected
    assert foreign_keys(target, [source, target]) == []


def test_tables_with_one_key_do_not_refer_to_one_another() -> None:
    one, other = (resource(name, ("area",), area=["a"]) for name in ("one", "other"))
    assert foreign_keys(one, [one, other]) == []
    assert foreign_keys(resource("loose", ("x",), x=[1], area=["a"]), [one, other]) == [
        ForeignKey(("area",), "one", ("area",))
    ]
