"""Municipalities in what people type: found in any spelling, and none ever taken for another one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.names import RosterNames
from pipeline.collect.readings import in_latin
from pipeline.home import PROJECT_ROOT
from schemas.reference import Municipality
from schemas.reference_files import load_reference

COUNTRY = load_reference(PROJECT_ROOT / "data" / "reference").municipalities
ALL = RosterNames(COUNTRY)
BY_NAME = {(m.prefecture, m.name): m for m in COUNTRY}


def surveyed(prefecture: str) -> RosterNames:
    return RosterNames([m for m in COUNTRY if m.prefecture == prefecture], COUNTRY)


SAITAMA = surveyed("埼玉県")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def spellings(municipality: Municipality) -> Iterator[str]:
    """The ways in which a municipality is written in file names and cells."""
    name, code = municipality.name, municipality.code
    stem = municipality.kana.removesuffix("シ") if name.endswith("市") else municipality.kana
    yield from (name, f"{municipality.prefecture}{name}", f"R6{name}役場")
    if municipality.kind in ("町", "村"):
        yield from (f"{municipality.prefecture}中新川郡{name}", f"中新川郡{name}")
    yield from (
        unicodedata.normalize("NFD", name),
        unicodedata.normalize("NFKC", name),
        f"回答（{name}）",
        f"{name} 回答 (1)",
    )
    yield from (code, code[:5], code.lstrip("0"), code[:5].lstrip("0"), code.translate(WIDE), f"{code}_回答")
    yield from (
        name[:-1],
        f"回答_{name[:-1]}_最終",
        municipality.kana,
        stem,
        in_latin(municipality.kana),
    )
    for letter in "ヶケがガ":
        yield name.translate(str.maketrans("ヶケがガ", letter * 4))


def test_no_municipality_of_the_country_is_taken_for_another_one_in_any_spelling() -> None:
    assert len(COUNTRY) == 1741
    wrong = [
        (municipality.name, text)
        for municipality in COUNTRY
        for text in spellings(municipality)
        if (ALL.named(text) | ALL.hinted(text)) - {municipality.code} or ALL.of_code(text) not in (None, municipality.code)
    ]  # fmt: skip
    assert wrong == []


def test_every_municipality_of_the_country_is_found_by_prefecture_and_name_and_by_its_code() -> None:
    missed = [
        m.name
        for m in COUNTRY
        if not ALL.named(f"{m.prefecture}{m.name}") == ALL.named(m.code) == {m.code} == {ALL.of_code(m.code)}
    ]
    assert missed == []


@given(st.sampled_from(COUNTRY), st.sampled_from(COUNTRY))
def test_two_municipalities_in_one_text_are_both_found(one: Municipality, other: Municipality) -> None:
    text = f"{one.prefecture}{one.name}_{other.prefecture}{other.name}"
    assert ALL.named(text) == {one.code, other.code}


@given(st.text(max_size=30))
def test_any_text_names_only_surveyed_ones(text: str) -> None:
    assert SAITAMA.named(text) | SAITAMA.hinted(text) <= SAITAMA.names.keys()
    assert SAITAMA.near(text) in {None, *SAITAMA.names}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("鶴ヶ島市_回答.xlsx", "鶴ヶ島市"), ("鶴ケ島市", "鶴ヶ島市"), ("鶴が島市", "鶴ヶ島市"), ("鶴ガ島市", "鶴ヶ島市"),
        ("埼玉県秩父郡横瀬町.xlsx", "横瀬町"), ("秩父郡横瀬町", "横瀬町"), ("橫瀨町", "横瀬町"), ("鴻巢市", "鴻巣市"),
        ("さいたま市大宮区", "さいたま市"), ("（狹山市）様式", "狭山市"), ("さいた\u200bま市", "さいたま市"), ("横 瀬 町", "横瀬町"),
        ("11361回答", "横瀬町"), ("１１３６１１", "横瀬町"),
    ],
)  # fmt: skip
def test_a_name_is_found_in_its_spellings(text: str, name: str) -> None:
    assert {SAITAMA.names[code] for code in SAITAMA.named(text)} == {name}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("横瀬_回答", "横瀬町"), ("比企郡小川", "小川町"), ("埼玉県横瀬", "横瀬町"), ("ﾖｺｾﾞﾏﾁ", "横瀬町"), ("よこぜ", "横瀬町"),
        ("Yokoze-machi", "横瀬町"), ("yokozecho", "横瀬町"), ("SAITAMA", "さいたま市"), ("kōnosu", "鴻巣市"),
    ],
)  # fmt: skip
def test_a_name_without_its_kind_and_a_reading_are_hints(text: str, name: str) -> None:
    assert SAITAMA.named(text) == frozenset()
    assert {SAITAMA.names[code] for code in SAITAMA.hinted(text)} == {name}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "回答.xlsx",
        "市町村",
        "20241115_回答",
        "2024",
        "東京都市町村",
        "横瀬回答",
        "ミサト",
        "小川さん分",
        "98765",
        "横頼町",
    ],
)
def test_a_text_without_a_municipality_names_none(text: str) -> None:
    assert SAITAMA.named(text) | SAITAMA.hinted(text) == frozenset()


def test_of_two_of_the_same_name_only_the_surveyed_one_counts() -> None:
    tokyo, hiroshima = BY_NAME["東京都", "府中市"].code, BY_NAME["広島県", "府中市"].code
    assert surveyed("広島県").named("府中市") == {hiroshima}
    assert surveyed("東京都").named("府中市") == {tokyo}
    assert surveyed("広島県").named("東京都府中市") == frozenset()
    assert ALL.named("府中市") == frozenset()
    assert ALL.named("広島県府中市") == {hiroshima}
    assert surveyed("福島県").named("伊達町") == surveyed("北海道").named("伊達町") == frozenset()


def test_a_name_within_a_longer_one_is_not_found() -> None:
    assert surveyed("三重県").named("大津市") == surveyed("山形県").named("東村山市") == frozenset()
    assert surveyed("岐阜県").named("富山県中新川郡上市町") == frozenset()
    assert surveyed("東京都").named("大阪市北区") == frozenset()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("011002", "011002"), ("11002", "011002"), ("01100", "011002"), ("1100", "011002"), (" ０１１００２ ", "011002"),
        ("011003", None), ("", None), ("1100a", None), ("札幌市", None),
    ],
)  # fmt: skip
def test_a_code_is_read_with_and_without_check_digit_and_leading_zero(text: str, code: str | None) -> None:
    assert surveyed("北海道").of_code(text) == code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("横頼町_回答", "横瀬町"),
        ("横瀬市", "横瀬町"),
        ("鶴島市", "鶴ヶ島市"),
        ("山口市", None),
        ("回答", None),
        ("", None),
    ],
)
def test_a_near_name_is_suggested_where_it_is_the_only_one(text: str, name: str | None) -> None:
    near = SAITAMA.near(text)
    assert (SAITAMA.names[near] if near else None) == name
