"""A site that says something else than its tables, shows what it may not, or leads nowhere is not released."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT
from pipeline.publish.site.prove import SiteProof
from schemas.survey import Survey

INDEX = "public/site/index.html"
FIGURE = "public/site/figures/plenary_meetings.total.html"


@pytest.fixture(scope="module")
def release(demo_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of which tests change a page, and put it back."""
    folder = tmp_path_factory.mktemp("proved") / "r1"
    shutil.copytree(demo_release, folder)
    return folder


@pytest.fixture(scope="module")
def proof(release: Path) -> SiteProof:
    return SiteProof(release, Survey(PROJECT_ROOT).load_year(2024))


def faults(proof: SiteProof, page: str, text: str) -> list[tuple[str, str]]:
    """What is wrong with a page of this text; it is put back afterwards."""
    path = proof.folder / page
    before = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    try:
        return [(fault.reference, fault.where) for fault in proof.page_faults(path)]
    finally:
        path.write_text(before, encoding="utf-8")


def test_a_site_as_it_was_written_is_proven(proof: SiteProof) -> None:
    assert list(proof.faults()) == []


@pytest.mark.parametrize(
    ("page", "pattern", "new", "reference"),
    [
        (INDEX, r'(data-figure="[^"]+" data-field="display">)\d+', r"\g<1>99999", "unproven-numeral"),
        (INDEX, r'data-figure="[^"]+"', 'data-figure="nowhere"', "unproven-numeral"),
        (FIGURE, r'(data-cell="[^"]+">)', r"\g<1>9", "unproven-numeral"),
        (FIGURE, r"script-src", "script-src https:", "unsafe-page"),
        (FIGURE, r"</main>", "<script>1</script></main>", "unsafe-page"),
        (FIGURE, r"<main", '<main style="color:red"', "unsafe-page"),
        (FIGURE, r'href="../municipalities/\d+.html"', 'href="../municipalities/000000.html"', "dead-link"),
    ],
)
def test_a_changed_page_is_named(proof: SiteProof, page: str, pattern: str, new: str, reference: str) -> None:
    text = (proof.folder / page).read_text(encoding="utf-8")
    changed = re.sub(pattern, new, text, count=1)
    assert changed != text
    assert (reference, page) in faults(proof, page, changed)


def test_an_answer_that_is_not_public_is_found_in_the_public_edition(proof: SiteProof) -> None:
    name = "site/figures/plenary_vitality.vitalised.html"
    internal = (proof.folder / "internal" / name).read_text(encoding="utf-8")
    assert ("undisclosed-answer", f"public/{name}") in faults(proof, f"public/{name}", internal)
