"""The library that draws charts is the locked one, wherever it is taken from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.publish.site.drawing import LIBRARY_SHA256, drawing_library, make_library


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder of our own, and nothing remembered in this process."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    drawing_library.cache_clear()
    yield tmp_path / "kyogikai"
    drawing_library.cache_clear()


def test_it_is_the_one_whose_hash_is_known_and_is_made_once(cache: Path) -> None:
    text = drawing_library()
    assert text == make_library()
    assert hashlib.sha256(text.encode()).hexdigest() == LIBRARY_SHA256
    (kept,) = cache.iterdir()
    assert kept.read_text(encoding="utf-8") == text


def test_what_is_kept_and_not_the_library_is_made_again(cache: Path) -> None:
    cache.mkdir()
    kept = cache / f"drawing-{LIBRARY_SHA256[:16]}.js"
    kept.write_text("alert(1)", encoding="utf-8")
    assert hashlib.sha256(drawing_library().encode()).hexdigest() == LIBRARY_SHA256
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == LIBRARY_SHA256


def test_without_a_folder_to_write_to_it_is_made_all_the_same(cache: Path) -> None:
    cache.write_text("a file where the folder would be", encoding="utf-8")
    assert hashlib.sha256(drawing_library().encode()).hexdigest() == LIBRARY_SHA256
