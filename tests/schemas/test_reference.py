"""The roster and the register: what they hold, and how each fault of a file is reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schemas.errors import DeclarationError, DeclarationErrors
from schemas.reference import KIND_LETTERS, Reference
from schemas.reference_files import load_reference

COMMITTED = Path(__file__).parents[2] / "data" / "reference"
SURVEY_DAY = date(2024, 9, 30)

ROSTER = """\
code,prefecture_code,prefecture,name,kana,kind,valid_from,valid_to
112011,11,埼玉県,川越市,カワゴエシ,市,,
112020,11,埼玉県,熊谷市,クマガヤシ,市,,
114081,11,埼玉県,寄居町,ヨリイマチ,町,,
131016,13,東京都,千代田区,チヨダク,特別区,,
"""
GROUPINGS = """\
code,grouping,name,valid_from,valid_to,source
112011,medical_area,西の圏域,,,例
"""
REGISTER = """\
entity_id,entity_kind,name,kind,secretariat_code,valid_from,valid_to,status,source
council-north,council,北協議会,joint,112020,,,confirmed,例
council-112011,council,川越市協議会,single,112011,,,assumed,例
"""
MEMBERS = """\
entity_id,code,valid_from,valid_to,status,source
council-north,114081,,,assumed,例
council-north,112020,,,confirmed,例
council-112011,112011,,,assumed,例
"""
TILES = """\
code,column,row,valid_from,valid_to
112011,1,1,,
112020,2,1,,
114081,2,2,,2024-12-31
"""
GOOD = {
    "tile_grid": TILES,
    "municipalities": ROSTER,
    "groupings": GROUPINGS,
    "register": REGISTER,
    "register_members": MEMBERS,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small `reference` folder without a fault."""
    reference = tmp_path / "reference"
    reference.mkdir()
    for stem, text in GOOD.items():
        (reference / f"{stem}.csv").write_text(text, encoding="utf-8")
    return reference


def change(folder: Path, stem: str, old: str, new: str) -> None:
    """Replace the first occurrence of a text in one file, which must hold it."""
    path = folder / f"{stem}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(folder: Path) -> list[tuple[str, str, str]]:
    """Load a folder that must be refused; return each fault's reference, place and finding."""
    with pytest.raises(DeclarationError) as caught:
        load_reference(folder)
    error = caught.value
    faults = error.errors if isinstance(error, DeclarationErrors) else [error]
    assert all(fault.expected and fault.fix for fault in faults)
    return [(fault.reference, shorten(fault.where), fault.found) for fault in faults]


def shorten(where: str) -> str:
    """Turn `reference/register.csv:2, column 'kind'` into `register.csv:2 kind`."""
    return where.removeprefix("reference/").replace(", column '", " ").removesuffix("'")


def codes_of(reference: Reference, day: date) -> list[str]:
    return [m.code for m in reference.surveyed("11", day)]


# --- the tile map


def test_tiles_are_those_of_the_day(folder: Path) -> None:
    codes = ["112011", "112020", "114081"]
    tiles = load_reference(folder).tiles(codes, SURVEY_DAY)
    assert {code: (place.column, place.row) for code, place in tiles.items()} == {
        "112011": (1, 1), "112020": (2, 1), "114081": (2, 2),
    }  # fmt: skip


def test_a_map_on_which_one_municipality_has_no_tile_is_no_map(folder: Path) -> None:
    assert load_reference(folder).tiles(["112011", "114081"], date(2025, 1, 1)) == {}
    assert load_reference(folder).tiles(["112011", "131016"], SURVEY_DAY) == {}


def test_without_a_tile_grid_there_is_no_map(folder: Path) -> None:
    (folder / "tile_grid.csv").unlink()
    assert load_reference(folder).tiles(["112011"], SURVEY_DAY) == {}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "112020,2,1",
            "112020,1,1",
            ("overlapping-validity", "tile_grid.csv:3", "11 1 1, also at reference/tile_grid.csv:2"),
        ),
        (
            "112020,2,1",
            "112011,2,1",
            ("overlapping-validity", "tile_grid.csv:3", "112011, also at reference/tile_grid.csv:2"),
        ),
        ("112020,2,1", "112038,2,1", ("not-on-roster", "tile_grid.csv:3 code", "112038")),
        ("112020,2,1", "112020,0,1", ("invalid-column", "tile_grid.csv:3 column", "0")),
        ("112020,2,1", "112020,2,C", ("invalid-row", "tile_grid.csv:3 row", "C")),
    ],
)
def test_a_tile_is_one_place_of_one_municipality(folder: Path, old: str, new: str, fault: tuple[str, str, str]) -> None:
    change(folder, "tile_grid", old, new)
    assert faults_of(folder) == [fault]


def test_a_tile_may_go_to_another_municipality_later(folder: Path) -> None:
    change(folder, "tile_grid", "112011,1,1,,", "112011,1,1,,2024-12-31\n131016,1,1,2020-01-01,")
    assert len(load_reference(folder).tile_places) == 4


# --- questions to the reference


def test_kind_letters_stand_in_the_order_of_a_unit_word() -> None:
    assert list(KIND_LETTERS.items()) == [("市", "市"), ("特別区", "区"), ("町", "町"), ("村", "村")]


def test_surveyed_keeps_to_prefecture_and_day_both_ends_included(folder: Path) -> None:
    change(folder, "municipalities", "ヨリイマチ,町,,", "ヨリイマチ,町,2020-04-01,2020-04-01")
    reference = load_reference(folder)
    assert codes_of(reference, date(2020, 3, 31)) == ["112011", "112020"]
    assert codes_of(reference, date(2020, 4, 1)) == ["112011", "112020", "114081"]
    assert codes_of(reference, date(2020, 4, 2)) == ["112011", "112020"]
    assert [m.name for m in reference.surveyed("13", SURVEY_DAY)] == ["千代田区"]
    assert reference.surveyed("47", SURVEY_DAY) == []


def test_surveyed_sorts_by_code_whatever_the_file_does(folder: Path) -> None:
    head, *lines = ROSTER.splitlines(keepends=True)
    (folder / "municipalities.csv").write_text(head + "".join(reversed(lines)), encoding="utf-8")
    assert codes_of(load_reference(folder), SURVEY_DAY) == ["112011", "112020", "114081"]


def test_a_town_may_become_a_city_under_the_same_code(folder: Path) -> None:
    city = "114081,11,埼玉県,寄居市,ヨリイシ,市,2022-10-01,"
    change(folder, "municipalities", "ヨリイマチ,町,,", f"ヨリイマチ,町,,2022-09-30\n{city}")
    reference = load_reference(folder)
    assert reference.surveyed("11", date(2022, 9, 30))[-1].kind == "町"
    assert reference.surveyed("11", date(2022, 10, 1))[-1].kind == "市"


def test_entities_members_and_entities_of(folder: Path) -> None:
    reference = load_reference(folder)
    councils = reference.entities("council", SURVEY_DAY)
    assert [e.entity_id for e in councils] == ["council-north", "council-112011"]
    assert reference.entities("core_center", SURVEY_DAY) == []
    members = reference.members("council-north", SURVEY_DAY)
    assert [(m.code, m.status) for m in members] == [("112020", "confirmed"), ("114081", "assumed")]
    assert reference.entities_of("114081", "council", SURVEY_DAY) == councils[:1]
    assert reference.entities_of("131016", "council", SURVEY_DAY) == []
    assert reference.members("council-nowhere", SURVEY_DAY) == []


def test_an_entity_that_has_ended_has_no_members(folder: Path) -> None:
    change(folder, "register", "joint,112020,,", "joint,112020,,2024-03-31")
    change(folder, "register_members", "north,114081,,", "north,114081,,2024-03-31")
    reference = load_reference(folder)
    assert len(reference.members("council-north", date(2024, 3, 31))) == 2
    assert reference.members("council-north", date(2024, 4, 1)) == []
    assert reference.entities_of("112020", "council", date(2024, 4, 1)) == []


def test_a_member_may_come_and_go(folder: Path) -> None:
    newcomer = "council-north,112011,2023-04-01,9999-12-31,assumed,例\n"
    change(folder, "register_members", "council-north,114081,,", f"{newcomer}council-north,114081,,2023-04-30")
    reference = load_reference(folder)

    def codes(day: date) -> list[str]:
        return [m.code for m in reference.members("council-north", day)]

    assert codes(date(2023, 3, 31)) == ["112020", "114081"]
    assert codes(date(2023, 4, 30)) == ["112011", "112020", "114081"]
    assert codes(date(2023, 5, 1)) == ["112011", "112020"]


@pytest.mark.parametrize("present", [(), ("groupings",)])
def test_groupings_and_register_may_be_absent(folder: Path, present: tuple[str, ...]) -> None:
    for stem in set(GOOD) - {"municipalities", *present}:
        (folder / f"{stem}.csv").unlink()
    reference = load_reference(folder)
    assert (len(reference.municipalities), len(reference.groupings)) == (4, len(present))
    assert reference.entities("council", SURVEY_DAY) == []
    assert reference.members("council-north", SURVEY_DAY) == []


def test_a_name_may_have_any_letters_of_any_direction_up_to_sixty(folder: Path) -> None:
    name = "<b>\"&'" + "א" * 54
    change(folder, "municipalities", "千代田区", f'"{name.replace(chr(34), chr(34) * 2)}"')
    assert load_reference(folder).municipalities[-1].name == name


def test_a_byte_order_mark_and_crlf_are_accepted(folder: Path) -> None:
    data = b"\xef\xbb\xbf" + ROSTER.replace("\n", "\r\n").encode()
    (folder / "municipalities.csv").write_bytes(data)
    assert len(load_reference(folder).municipalities) == 4


# --- faults

FAULTS = [
    # the file, the text replaced in it and its replacement; then the fault, where it is and what was found
    ("municipalities", "131016", "131017", "wrong-check-digit", "municipalities.csv:5 code", "131017"),
    ("register_members", "114081", "114082", "wrong-check-digit", "register_members.csv:2 code", "114082"),
    ("municipalities", "131016", "13101", "invalid-code", "municipalities.csv:5 code", "13101"),
    ("municipalities", "131016", "１３１０１６", "invalid-code", "municipalities.csv:5 code", "１３１０１６"),
    ("municipalities", "6,13,", "6,14,", "other-prefecture", "municipalities.csv:5 prefecture_code", "14"),
    ("municipalities", "特別区", "区", "unknown-kind", "municipalities.csv:5 kind", "区"),
    ("register", "single", "alone", "unknown-kind", "register.csv:3 kind", "alone"),
    ("register_members", "confirmed", "sure", "unknown-status", "register_members.csv:3 status", "sure"),
    ("register", ",council,川", ",X,川", "invalid-entity-kind", "register.csv:3 entity_kind", "X"),
    ("municipalities", "千代田区", "", "invalid-name", "municipalities.csv:5 name", "nothing"),
    ("municipalities", "千代田区", "千代\u202e田区", "letter-not-seen", "municipalities.csv:5 name", "千代<U+202E>田区"),
    ("municipalities", "千代田区", '"千代\n田区"', "letter-not-seen", "municipalities.csv:5 name", "千代<U+000A>田区"),
    ("municipalities", "千代田区", "区" * 61, "too-long-name", "municipalities.csv:5 name", "区" * 61),
    ("groupings", "例", "", "invalid-source", "groupings.csv:2 source", "nothing"),
    ("municipalities", "区,,", "区,2023-02-29,",
     "invalid-date", "municipalities.csv:5 valid_from", "2023-02-29"),
    ("municipalities", "区,,", "区,,1349049600",
     "invalid-date", "municipalities.csv:5 valid_to", "1349049600"),
    ("municipalities", "区,,", "区,2024-04-02,2024-04-01",
     "reversed-validity", "municipalities.csv:5 valid_to", "2024-04-01"),
    ("municipalities", "131016", "112011,11,埼玉県,川越市,カワゴエシ,市,,2000-01-01\n131016",
     "overlapping-validity", "municipalities.csv:5", "112011, also at reference/municipalities.csv:2"),
    ("groupings", ",,例", ",2020-04-01,例\n112011,medical_area,東,2020-04-01,,例",
     "overlapping-validity", "groupings.csv:3", "112011 medical_area, also at reference/groupings.csv:2"),
    ("register_members", "council-1", "council-north,112020,,,assumed,例\ncouncil-1", "overlapping-validity",
     "register_members.csv:4", "council-north 112020, also at reference/register_members.csv:3"),
    ("groupings", "112011", "011002", "not-on-roster", "groupings.csv:2 code", "011002"),
    ("register_members", "114081", "011002", "not-on-roster", "register_members.csv:2 code", "011002"),
    ("register", "112020", "112011", "secretariat-not-member", "register.csv:2 secretariat_code", "112011"),
    ("register_members", "112020,,", "112011,,,assumed,例\ncouncil-north,112020,,2024-03-31",
     "secretariat-not-member", "register.csv:2 secretariat_code", "112020"),
    ("register_members", "council-1", "council-112011,112020,,,assumed,例\ncouncil-1",
     "wrong-member-count", "register.csv:3 kind", "112011, 112020"),
    ("register_members", "council-north,114081,,,assumed,例\n", "",
     "wrong-member-count", "register.csv:2 kind", "112020"),
    ("register_members", "081,,", "081,,2024-03-31",
     "wrong-member-count", "register.csv:2 kind", "112020 on 2024-04-01"),
    ("register", "council-1", "council-north,council,別,joint,112020,,,assumed,例\ncouncil-1",
     "duplicate-entity", "register.csv:3 entity_id", "council-north, also at reference/register.csv:2"),
    ("register_members", "council-1", "council-south,112011,,,assumed,例\ncouncil-1",
     "unknown-entity", "register_members.csv:4 entity_id", "council-south"),
    ("municipalities", "特別区,,", "特別区,", "wrong-cell-count", "municipalities.csv:5", "7"),
]  # fmt: skip


@pytest.mark.parametrize(("stem", "old", "new", "reference", "place", "found"), FAULTS)
def test_a_fault_names_file_line_and_what_was_found(
    folder: Path, stem: str, old: str, new: str, reference: str, place: str, found: str
) -> None:
    change(folder, stem, old, new)
    assert faults_of(folder) == [(reference, place, found)]


@pytest.mark.parametrize("stem", GOOD)
def test_unknown_missing_and_repeated_columns_are_named(folder: Path, stem: str) -> None:
    first, *_, last = GOOD[stem].splitlines()[0].split(",")
    change(folder, stem, f",{last}", f",memo,{first}")
    reported = {(reference, place) for reference, place, _ in faults_of(folder)}
    assert reported == {(fault, f"{stem}.csv:1") for fault in ("unknown-column", "missing-column", "duplicate-column")}


def test_an_unknown_column_alone_hides_no_other_fault(folder: Path) -> None:
    head, first, *rest = ROSTER.splitlines()
    lines = [f"{head},memo", *(f"{line}," for line in [first.replace(",市,", ",都,"), *rest])]
    (folder / "municipalities.csv").write_text("\n".join(lines), encoding="utf-8")
    assert faults_of(folder) == [
        ("unknown-column", "municipalities.csv:1", "memo"),
        ("unknown-kind", "municipalities.csv:2 kind", "都"),
    ]


def test_an_empty_file_lacks_every_column(folder: Path) -> None:
    (folder / "municipalities.csv").write_bytes(b"")
    assert faults_of(folder) == [("missing-column", "municipalities.csv:1", "nothing")] * 8


def test_an_entity_id_is_made_of_ascii_words(folder: Path) -> None:
    for stem in ("register", "register_members"):
        change(folder, stem, "council-112011", "Council 112011")
    assert faults_of(folder) == [
        ("invalid-entity-id", "register.csv:3 entity_id", "Council 112011"),
        ("invalid-entity-id", "register_members.csv:4 entity_id", "Council 112011"),
    ]


def test_a_secretariat_outside_the_roster_is_reported_once_for_all_days(folder: Path) -> None:
    change(folder, "register_members", "council-1", "council-north,112011,2000-01-01,,assumed,例\ncouncil-1")
    change(folder, "register", "joint,112020", "joint,011002")
    assert faults_of(folder) == [
        ("not-on-roster", "register.csv:2 secretariat_code", "011002"),
        ("secretariat-not-member", "register.csv:2 secretariat_code", "011002"),
    ]


def test_a_member_that_had_left_the_roster_before_it_joined(folder: Path) -> None:
    change(folder, "municipalities", "ヨリイマチ,町,,", "ヨリイマチ,町,,2005-12-31")
    change(folder, "register", "joint,112020,,", "joint,112020,2006-01-01,")
    change(folder, "register_members", "north,114081,,", "north,114081,2006-01-01,")
    assert faults_of(folder) == [("not-on-roster", "register_members.csv:2 code", "114081")]


def test_register_and_members_need_each_other(folder: Path) -> None:
    (folder / "register.csv").rename(folder / "aside.csv")
    assert {reference for reference, _, _ in faults_of(folder)} == {"unknown-entity"}
    (folder / "aside.csv").rename(folder / "register.csv")
    (folder / "register_members.csv").unlink()
    faults = faults_of(folder)
    assert {r for r, _, _ in faults} == {"wrong-member-count", "secretariat-not-member"}
    assert faults[0][1:] == ("register.csv:2 kind", "no member")


@pytest.mark.parametrize("data", [None, ROSTER.encode("cp932"), ROSTER.encode() + b'"131', ROSTER.encode("utf-16")])
def test_the_roster_must_be_there_as_csv_in_utf8(folder: Path, data: bytes | None) -> None:
    roster = folder / "municipalities.csv"
    roster.unlink()
    if data is not None:
        roster.write_bytes(data)
    ((reference, place, _),) = faults_of(folder)
    assert (reference, place) == ("unreadable-reference-file", str(roster))


def test_all_faults_of_all_files_come_together(folder: Path) -> None:
    change(folder, "municipalities", "131016,13", "131017,13")
    change(folder, "municipalities", "カワゴエシ,市,,", "カワゴエシ,市,2024-02-30,")
    change(folder, "groupings", "112011", "011002")
    change(folder, "register", "single", "alone")
    change(folder, "register_members", "confirmed", "sure")
    assert faults_of(folder) == [
        ("invalid-date", "municipalities.csv:2 valid_from", "2024-02-30"),
        ("wrong-check-digit", "municipalities.csv:5 code", "131017"),
        ("unknown-kind", "register.csv:3 kind", "alone"),
        ("unknown-status", "register_members.csv:3 status", "sure"),
        ("not-on-roster", "groupings.csv:2 code", "011002"),
    ]


def test_lines_are_counted_through_blank_lines_and_line_breaks_in_cells(folder: Path) -> None:
    change(folder, "municipalities", "112011,11,埼玉県,川越市", '\n112011,11,埼玉県,"川越\n市"')
    change(folder, "municipalities", "チヨダク,特別区", "チヨダク,区")
    assert faults_of(folder) == [
        ("letter-not-seen", "municipalities.csv:3 name", "川越<U+000A>市"),
        ("unknown-kind", "municipalities.csv:7 kind", "区"),
    ]
