"""Writing the site of a release: the public edition beside the published tables, the internal one beside what must not be published."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from pipeline.home import write_atomically
from pipeline.japanese import era_year
from pipeline.publish.document import Document
from pipeline.publish.open_data import Resource
from pipeline.publish.quality import Part, QualityPage
from pipeline.publish.site.book import SiteBook
from pipeline.publish.site.charts import Chart, slope
from pipeline.publish.site.drawing import drawing_library
from pipeline.publish.site.editions import EditionName, SiteEdition
from pipeline.publish.site.figure_pages import FigurePage, figure_pages
from pipeline.publish.site.frame import Frame, ListPart, PageWriter
from pipeline.publish.site.lists import (
    data_parts,
    data_place,
    figure_parts,
    municipality_parts,
    policy_part,
    question_parts,
    search_entries,
)
from pipeline.publish.site.municipality_pages import municipality_pages
from pipeline.publish.site.question_pages import distributions, pages_of_questions, question_pages
from pipeline.publish.site.returns import split_returns

EDITIONS: tuple[EditionName, ...] = ("public", "internal")
"""Each beside what else of a release may be seen by the same people."""
SITE = "site"
"""The folder of the site in each part of a release."""
TILES = 40
"""The style sheet has places for so many columns and rows of a tile map."""


@dataclass(frozen=True)
class Site:
    """What both editions are written from: the finished tables of a release, and its report; which release it is, of what inputs."""

    book: SiteBook
    document: Document
    digest: str
    release: str

    def writer(self, name: EditionName) -> PageWriter:
        """What writes the pages of an edition."""
        edition = SiteEdition(name, self.book.declarations.questionnaire)
        return PageWriter(self.book.folder / name / SITE, self._frame(edition), edition)

    def _frame(self, edition: SiteEdition) -> Frame:
        year, document = self.book.declarations.year, self.document
        closing = f"　{document.closing[0].text}" if document.closing else ""
        return Frame(
            title=f"{document.title.text}（{era_year(year)}度）",
            year=year,
            notices=[notice.text for notice in document.notices],
            imprint=f"第{self.release[1:]}版{closing}",
            digest=self.digest,
            errata=data_place(edition, "errata.html") if self.book.comparison else "",
        )


def write_pages(site: Site) -> None:
    """Write the pages of what was asked and answered, of both editions. Equal content gives equal bytes."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        library = beside.submit(drawing_library)
        for name in EDITIONS:
            _write_edition(site, site.writer(name))
        for name in EDITIONS:
            write_atomically(site.book.folder / name / SITE / "assets" / "vega.js", library.result().encode())


def _write_edition(site: Site, writer: PageWriter) -> None:
    book, edition = site.book, writer.edition
    _write_assets(writer.folder / "assets")
    writer.write("index.html", "report.html", document=site.document)
    asked = pages_of_questions(edition)
    for figure in figure_pages(book, edition, asked):
        _write_figure(writer, figure, book.declarations.year)
    found = distributions(book, edition)
    for question in question_pages(book, edition, found):
        is_table = edition.questionnaire.block_of[question.question.id].is_table
        name = question.question.id
        writer.write(f"questions/{name}.html", "question.html", page=question, question_is_table=is_table)
        _write_charts(writer, f"data/questions/{name}.js", question.chart, question.change)
    for municipality in municipality_pages(book, edition, found):
        code = municipality.municipality.code
        writer.write(f"municipalities/{code}.html", "municipality.html", page=municipality, question_pages=asked)


def _write_assets(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    assets = files("pipeline.publish.site") / "assets"
    for name in ("site.js", "search.js", "sheets.js"):
        (folder / name).write_bytes((assets / name).read_bytes())
    places = "".join(
        f".tiles .c{place} {{ grid-column: {place}; }}\n.tiles .r{place} {{ grid-row: {place}; }}\n"
        for place in range(1, TILES + 1)
    )
    style = (assets / "site.css").read_text(encoding="utf-8")
    (folder / "site.css").write_text(style + places, encoding="utf-8")


def _write_figure(writer: PageWriter, page: FigurePage, year: int) -> None:
    figure = page.figure
    name = figure["figure_id"]
    chart = None
    if page.past and figure["value"] is not None and figure["operation"] != "ranking":
        chart = slope(figure["label_ja"], page.past, year, figure["value"], figure["display"], figure["unit"] or "")
    writer.write(f"figures/{name}.html", "figure.html", page=page, chart=chart)
    _write_charts(writer, f"data/figures/{name}.js", chart)


def _write_charts(writer: PageWriter, path: str, *charts: Chart | None) -> None:
    """Write the charts of a page, each under the name of its place there."""
    placed = {f"chart-{number}": chart for number, chart in enumerate(charts, start=1) if chart}
    if placed:
        writer.write_script(path, "window.kyogikaiCharts = {};", placed)


def write_lists(site: Site, quality: QualityPage, resources: Sequence[Resource]) -> None:
    """Write the pages that list what there is, of both editions; the files of the release are listed as they are declared."""
    for name in EDITIONS:
        _write_lists(site.writer(name), site.book, quality, resources)


def _write_lists(writer: PageWriter, book: SiteBook, quality: QualityPage, resources: Sequence[Resource]) -> None:
    edition, has_errata = writer.edition, book.comparison is not None
    lists = (
        ("figures.html", "数値", figure_parts(book)),
        ("questions.html", "設問", question_parts(edition)),
        ("municipalities.html", "市町村", municipality_parts(book)),
        ("quality.html", "品質", [*map(_quality_part, _shown(quality, edition)), policy_part(edition, resources)]),
        ("data.html", "データ", data_parts(edition, resources, has_errata=has_errata)),
    )
    for path, heading, parts in lists:
        writer.write(path, "list.html", heading=heading, parts=parts)
    writer.write("search.html", "search.html", entries=search_entries(book, edition))


def _shown(quality: QualityPage, edition: SiteEdition) -> list[Part]:
    return [part for part in quality.parts if edition.is_internal or part.is_public]


def _quality_part(part: Part) -> ListPart:
    return ListPart(part.heading, part.header, part.rows, part.note, part.open_rows)


def write_returns(site: Site) -> None:
    """Write the returns as they were sent, in the internal edition: of all pages these need the most memory, and none of the others'."""
    writer, book = site.writer("internal"), site.book
    common, returns = split_returns(book)
    writer.write_script("data/form.js", "window.kyogikaiForm({});", common)
    municipalities = {m.code: m for m in book.declarations.municipalities}
    for one in returns:
        code = one.municipality_code
        writer.write_script(f"data/returns/{code}.js", "window.kyogikaiReturn({},{});", one.cells, one.without)
        writer.write(f"returns/{code}.html", "return.html", municipality=municipalities[code], sent=book.returns[code])
