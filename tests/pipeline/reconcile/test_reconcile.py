"""A printed report reconciled: every number found, every defect named, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT, Home
from pipeline.reconcile.numbers import find_numbers
from pipeline.reconcile.passages import Passage
from pipeline.reconcile.reconcile import Ours, Reconciliation, reconcile_document
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations
from tests.support.command import kyogikai
from tests.support.printing import published_values

DATA = PROJECT_ROOT / "tests" / "data"
PUBLISHED_REPORT = PROJECT_ROOT.parent / "shared" / "reference" / "published_report_2024.txt"
DOCUMENTS = [DATA / "printed_report.txt", *([PUBLISHED_REPORT] if PUBLISHED_REPORT.exists() else [])]
"""Our own rewriting of the report of 2024, with its numbers and its defects; and the report itself, where it is at hand."""
VIOLATED = {"R21", "R22", "R33", "R40", "R41", "R70", "R71"}


@pytest.fixture(scope="module")
def declarations() -> YearDeclarations:
    return Survey(PROJECT_ROOT).load_year(2024)


@pytest.fixture(scope="module", params=DOCUMENTS, ids=lambda path: path.stem)
def alone(request: pytest.FixtureRequest, declarations: YearDeclarations) -> Reconciliation:
    """A document judged by itself."""
    return reconcile_document(request.param, declarations, None)


def published() -> dict[str, float]:
    return {name: value for name, (value, _) in published_values().items()}


def ours() -> Ours:
    """The published figures as if they were ours."""
    values = published_values()
    told: dict[str, tuple[float | None, str, str]] = {}
    for figure in Survey(PROJECT_ROOT).load_year(2024).figures.values():
        if figure.published_id in values:
            value, unit = values[figure.published_id]
            told[figure.id] = (value, f"{value:g}", unit)
    return told


def test_every_number_is_found_and_none_wrongly(alone: Reconciliation) -> None:
    found = {f.published_id: f for f in alone.figures if f.published_id}
    values = published()
    assert len(values) == 83
    for number, value in values.items():
        printed = "".join(letter for letter in found[number].printed or "" if letter in "0123456789.")
        assert float(printed) == value, number
        assert (found[number].score or 0) > 0.6
    assert {f.verdict for f in alone.figures} == {"printed"}


def test_every_defect_is_reported_and_nothing_else(alone: Reconciliation) -> None:
    said = {
        word: {r.published_relation for r in alone.relations if r.verdict == word} for word in ("violated", "warning")
    }
    assert said == {"violated": VIOLATED, "warning": {"R32"}}


def test_a_violated_average_is_explained(alone: Reconciliation) -> None:
    told = {r.published_relation: r.explanation for r in alone.relations}
    assert (
        "2.8は180÷64（市町村と協議会の組）を四捨五入した値、又は180÷63（市町村数）を切り捨てた値と一致" in told["R21"]
    )
    assert "協議会数37では4.9" in told["R21"]
    assert (
        "4.2は268÷64（市町村と協議会の組）を四捨五入した値、又は268÷63（市町村数）を切り捨てた値と一致" in told["R22"]
    )
    assert "（2024-04-01現在）" in told["R40"]
    assert "33市町村（うち村1）" in told["R32"]
    assert "33市町（うち村0）" in told["R32"]


@pytest.mark.parametrize(
    ("old", "new", "published_id", "verdict", "printed"),
    [
        ("委託 49", "委託 94", "E05", "different", "94"),
        ("・検討中 3市\n", "", "E09", "missing", None),
        ("500事業所", "五百事業所", "D04", "equal", "五百事業所"),
        ("411事業所", "4 1 1 事業所", "D05", "equal", "411事業所"),
        ("180回", "１８０回", "A11", "equal", "180回"),
    ],
)
def test_a_changed_number_alone_is_told(
    declarations: YearDeclarations,
    tmp_path: Path,
    old: str,
    new: str,
    published_id: str,
    verdict: str,
    printed: str | None,
) -> None:
    text = (DATA / "printed_report.txt").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "changed.txt").write_text(text.replace(old, new), encoding="utf-8")
    own = ours()
    before = reconcile_document(DATA / "printed_report.txt", declarations, own)
    after = reconcile_document(tmp_path / "changed.txt", declarations, own)
    (figure,) = [f for f in after.figures if f.published_id == published_id]
    assert (figure.verdict, figure.printed) == (verdict, printed)
    others = [(f.figure_id, f.printed) for f in after.figures if f.published_id != published_id]
    assert others == [(f.figure_id, f.printed) for f in before.figures if f.published_id != published_id]


def test_a_number_that_is_no_figure_is_unknown(declarations: YearDeclarations, tmp_path: Path) -> None:
    text = (DATA / "printed_report.txt").read_text(encoding="utf-8")
    (tmp_path / "more.txt").write_text(f"{text}・県のアドバイザーの派遣　17件\n", encoding="utf-8")
    found = reconcile_document(tmp_path / "more.txt", declarations, None)
    assert [(f.printed, f.label) for f in found.figures if f.verdict == "unknown"] == [("17", "県のアドバイザーの派遣")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_a_report_that_stands_twice_in_a_document_is_read_as_once(
    declarations: YearDeclarations, tmp_path: Path, document: Path
) -> None:
    text = document.read_text(encoding="utf-8")
    (tmp_path / "twice.txt").write_text(f"{text}\n\n{text}", encoding="utf-8")
    once, twice = (reconcile_document(path, declarations, ours()) for path in (document, tmp_path / "twice.txt"))
    assert [(f.figure_id, f.printed, f.verdict) for f in twice.figures] == [
        (f.figure_id, f.printed, f.verdict) for f in once.figures
    ]
    assert [(r.relation_id, r.verdict) for r in twice.relations] == [(r.relation_id, r.verdict) for r in once.relations]


def test_a_number_that_is_said_again_otherwise_is_ambiguous(declarations: YearDeclarations, tmp_path: Path) -> None:
    text = (DATA / "printed_report.txt").read_text(encoding="utf-8")
    assert text.count("委託 49") == 1
    (tmp_path / "twice.txt").write_text(f"{text}\n\n{text.replace('委託 49', '委託 48')}", encoding="utf-8")
    found = reconcile_document(tmp_path / "twice.txt", declarations, ours())
    assert [f.published_id for f in found.figures if f.verdict == "ambiguous"] == ["E05"]


def test_a_broken_partition_names_the_slip(declarations: YearDeclarations, tmp_path: Path) -> None:
    text = (
        (DATA / "printed_report.txt")
        .read_text(encoding="utf-8")
        .replace("単独設置 27市町、共同設置 35", "単独設置 72市町、共同設置 35")
    )
    (tmp_path / "swapped.txt").write_text(text, encoding="utf-8")
    found = reconcile_document(tmp_path / "swapped.txt", declarations, None)
    told = {r.relation_id: r for r in found.relations}["establishment-partition"]
    assert told.verdict == "violated"
    assert "「単独設置」72が27であれば一致（数字の入れ替わり）" in told.explanation


def test_without_figures_or_text_the_error_is_clear(declarations: YearDeclarations, tmp_path: Path) -> None:
    for name, content, reference in (
        ("letter.txt", "拝啓　時下ますます御清栄のこととお喜び申し上げます。", "no-figures"),
        ("blank.txt", " \n　\n", "document-without-text"),
        ("errata.txt", "協議会に関する市町村調査　正誤表\n\n設置数　誤 62市町村　正 63市町村\n", "no-report"),
        ("report.odt", "a", "unknown-document"),
        ("broken.docx", "no archive", "damaged-document"),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=reference):
            reconcile_document(tmp_path / name, declarations, None)
    with pytest.raises(InputError, match="no-such-file"):
        reconcile_document(tmp_path / "nowhere.txt", declarations, None)


def test_our_own_report_is_equal_in_every_format(demo_home: Home) -> None:
    public = (
        next(demo_home.releases(2024).glob("r*")) / "public"
        if demo_home.releases(2024).exists()
        else demo_home.drafts(2024)
    )
    for name in ("report.txt", "report.docx", "report.html"):
        found = kyogikai("reconcile", 2024, public / name, "--json", home=demo_home.root).json
        assert [f for f in found["figures"] if f["verdict"] not in ("equal", "unknown")] == [], name
        assert {r["published_relation"] for r in found["relations"] if r["verdict"] == "violated"} <= {"R40", "R41"}


def test_the_command_is_for_people_and_for_scripts(tmp_path: Path) -> None:
    shown = kyogikai("reconcile", 2024, DATA / "printed_report.txt", "--no-returns", home=tmp_path)
    assert shown.code == 1
    assert "violated  R21" in shown.out
    as_json = kyogikai("reconcile", 2024, DATA / "printed_report.txt", "--no-returns", "--json", home=tmp_path).json
    assert set(as_json) == {"document", "figures", "relations"}
    assert set(as_json["figures"][0]) == {
        "figure_id", "published_id", "label", "value", "printed", "ours", "verdict", "place", "score", "trace",
    }  # fmt: skip
    assert set(as_json["relations"][0]) == {"relation_id", "published_relation", "verdict", "explanation", "place"}


@pytest.mark.parametrize(
    ("heads", "row", "numbers"),
    [
        (
            ("番号", "設問", "項目", "数値", "備考"),
            ("A02", "協議会の設置", "単独設置", "27", "27÷63"),
            [(27.0, "単独設置")],
        ),
        (("区分", "設置数"), ("単独設置", "27市町"), [(27.0, "単独設置")]),
        (("区分", "令和5年度", "令和6年度"), ("単独設置", "26", "27"), [(26.0, "単独設置"), (27.0, "単独設置")]),
        (("No.", "項目", "数"), ("1", "単独設置", "27"), [(27.0, "単独設置")]),
        (("項目", "数"), ("２圏域にまたがるもの", "3"), [(3.0, "2圏域にまたがるもの")]),
        (("項目", "数"), ("単独設置", "約27市町"), [(27.0, "単独設置")]),
        (("項目", "数"), ("単独設置", "（27市町）"), [(27.0, "単独設置")]),
        (("項目", "数"), ("単独設置", "－"), []),
    ],
)
def test_a_number_of_a_table_is_named_by_the_text_left_of_it(
    heads: tuple[str, ...], row: tuple[str, ...], numbers: list[tuple[float, str]]
) -> None:
    found = find_numbers([Passage("　".join(row), "row 1", row, heads)], ["市町", "協議会"])
    assert [(number.value, number.leads[0]) for number in found.numbers] == numbers


def test_a_count_of_nothing_counts_none_of_any_kind(declarations: YearDeclarations, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    lines = [
        "（１）市町村自立支援協議会の設置状況",
        "設置数",
        "単独設置：27市町、共同設置：35市町村、単独・共同設置：1市、未設置：0市町村",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = reconcile_document(path, declarations, None)
    verdicts = {r.relation_id: r.verdict for r in found.relations if r.published_relation == "R01"}
    assert "held" in verdicts.values()
    assert "violated" not in verdicts.values()


def test_beside_each_printed_number_stands_what_ours_came_from(demo_home: Home) -> None:
    document = DATA / "printed_report.txt"
    found = kyogikai("reconcile", 2024, document, "--json", home=demo_home.root, survey=PROJECT_ROOT).json
    traces = {f["published_id"]: f["trace"] for f in found["figures"] if f["published_id"]}
    counted = {group["reason"]: (group["entity_count"], group["value"]) for group in traces["A02"]["groups"]}
    assert counted["counted"] == (27, 27)
    assert sum(count for count, _ in counted.values()) == 63
    assert traces["A12"] == {"groups": [], "terms": ["plenary_meetings.total", "council.all"]}
    told = kyogikai("reconcile", 2024, document, home=demo_home.root, survey=PROJECT_ROOT).out
    assert "ours: ratio of plenary_meetings.total to council.all (kyogikai trace 2024 A12)" in told
    alone = kyogikai("reconcile", 2024, document, "--no-returns", "--json", home=demo_home.root, survey=PROJECT_ROOT)
    assert {f["trace"] for f in alone.json["figures"]} == {None}
