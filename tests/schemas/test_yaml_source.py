"""YAML that asks for more than data: objects, endless repetition, depth, numbers without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import DeclarationError
from schemas.yaml_source import DEEPEST, MOST_VALUES, read_yaml

NINES = "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def read(folder: Path, text: str) -> object:
    path = folder / "2025.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path).data


def in_one_another(count: int) -> str:
    """A mapping with so many lists and mappings in one another, itself among them."""
    return f"a: {'[' * (count - 1)}{']' * (count - 1)}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: !!python/object/apply:os.system [exit]", "the tag !!python/object/apply:os.system"),
        ("a: !!python/object:pathlib.Path {b: 1}", "the tag !!python/object:pathlib.Path"),
        ("a: !!python/name:os.system x", "no python/name:os.system"),
        ("a: !own {b: 1}", "the tag !own"),
        ("a: !!set {b}", "the tag !!set"),
    ],
)
def test_a_tag_makes_no_object(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DeclarationError, match="invalid-yaml") as raised:
        read(tmp_path, text)
    assert told in str(raised.value)


def test_a_tag_of_plain_data_changes_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "a: !!map {b: !!seq [!!str 1]}") == {"a": {"b": ["1"]}}


@pytest.mark.parametrize("text", [f"a: &a [{', '.join('x' * 9)}]\n{NINES}", "a: &a [*a]"])
def test_aliases_that_repeat_without_end_are_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeclarationError, match="invalid-yaml"):
        read(tmp_path, text)


def test_as_many_values_as_are_allowed_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schemas.yaml_source.MOST_VALUES", 4)
    assert MOST_VALUES > 4
    assert read(tmp_path, "a: [1, 2]") == {"a": [1, 2]}
    with pytest.raises(DeclarationError, match=r"at most 4 values"):
        read(tmp_path, "a: [1, 2, 3]")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, in_one_another(100_000), in_one_another(DEEPEST + 1)]
)
def test_depth_ends_no_process(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeclarationError, match="invalid-yaml"):
        read(tmp_path, text)


def test_as_deep_as_is_allowed_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, in_one_another(DEEPEST))


@pytest.mark.parametrize("text", ["9" * 5_000, "0x" + "f" * 5_000, "0b" + "1" * 20_000, "0" + "7" * 20_000, str(2**63)])
def test_a_number_without_end_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeclarationError, match="invalid-yaml"):
        read(tmp_path, f"a: {text}")


def test_the_largest_number_of_a_table_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, f"a: {2**63 - 1}") == {"a": 2**63 - 1}
