"""Printed reports in many shapes, made from the published figures alone, with known slips in them."""

from __future__ import annotations

import csv
import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import docx
import openpyxl

from pipeline.home import PROJECT_ROOT
from schemas.survey import YearDeclarations

FIGURES = PROJECT_ROOT / "tests" / "data" / "published_figures_2024.csv"
FORMATS = ("txt", "txt", "wrapped", "wrapped", "docx", "tables", "html", "xlsx", "pdf")
FULL = str.maketrans("0123456789", "０１２３４５６７８９")
KANJI = "〇一二三四五六七八九"
PARTITIONS = (
    ("R01", ("A02", "A03", "A04"), 63), ("R10", ("A06", "A07"), "A05"), ("R14", ("A08", "A09", "A10"), "A05"),
    ("R02", ("B10", "B11"), 63), ("R03", ("C01", "C02", "C03", "C04", "C05"), 63),
    ("R04", ("C06", "C07", "C08", "C09", "C10"), 63), ("R05", ("D06", "D17"), 63), ("R06", ("E01", "E09"), 63),
    ("R17", ("E03", "E04"), "E02"), ("R17", ("E05", "E06", "E07", "E08"), "E02"),
)  # fmt: skip
"""Parts and their whole, counted here from what was written; the relations are those of the published list."""
WORDS = (
    ("に関すること", ""),
    ("及び", "と"),
    ("把握や共有", "把握・共有"),
    ("についての", "の"),
    ("に向けての", "の"),
    ("から検討が必要なものを", "から必要なものを"),
)


@dataclass
class Printed:
    """A document, what it says of each published figure, and which relations do not hold in it."""

    path: Path
    values: dict[str, float]
    broken: set[str] = field(default_factory=set)


def published_values() -> dict[str, tuple[float, str]]:
    """Value and unit word of every published figure."""
    with FIGURES.open(encoding="utf-8") as file:
        return {row["published_id"]: (float(row["figure"]), row["unit"]) for row in csv.DictReader(file)}


def print_report(declarations: YearDeclarations, folder: Path, seed: int) -> Printed:
    """Write one document; the same seed gives the same one."""
    chance = random.Random(seed)  # noqa: S311 - variety, not secrecy
    shape = FORMATS[seed % len(FORMATS)]
    values = {name: value for name, (value, _) in published_values().items()}
    values |= {"A12": 4.9, "A14": 7.2}
    for name in chance.sample(sorted(values), chance.randint(0, 3)):
        values[name] = (
            max(values[name] + chance.choice((-3, -2, 2, 4)), 1.0) if values[name].is_integer() else values[name] + 1
        )
    lines = list(_lines(declarations, values, chance, is_kanji=chance.random() < 0.2, is_full=chance.random() < 0.3))
    path = folder / f"report-{seed}"
    writer = {
        "txt": _text,
        "wrapped": _wrapped,
        "docx": _docx,
        "tables": _tables,
        "html": _html,
        "xlsx": _xlsx,
        "pdf": _pdf,
    }[shape]
    broken = {
        name for name, parts, total in PARTITIONS
        if sum(values[part] for part in parts) != (values[total] if isinstance(total, str) else total)
    }  # fmt: skip
    broken |= {"R21"} if round(values["A11"] / values["A05"] + 1e-9, 1) != values["A12"] else set()
    broken |= {"R22"} if round(values["A13"] / values["A05"] + 1e-9, 1) != values["A14"] else set()
    return Printed(writer(lines, path, chance), values, broken)


@dataclass(frozen=True)
class Row:
    """A heading, or an item with its number."""

    text: str
    number: str = ""
    level: int = 0


def _lines(
    declarations: YearDeclarations, values: dict[str, float], chance: random.Random, *, is_kanji: bool, is_full: bool
) -> Iterator[Row]:
    units = {name: unit for name, (_, unit) in published_values().items()}
    kinds = {
        "municipality": None,
        "council": "協議会",
        "meeting": "回",
        "subcommittee": "部会",
        "office": "事業所",
        "center": "センター",
    }
    yield Row("市町村の協議会に関する調査の結果", level=1)
    for section in declarations.questionnaire.sections:
        figures = [
            f
            for f in declarations.figures.values()
            if f.section == section.id and f.published_id and not f.published_id.startswith("G")
        ]
        if not figures:
            continue
        yield Row(f"{section.number} {section.label.ja}", level=1)
        topics: dict[str, list[Row]] = {}
        for figure in figures:
            topic = figure.printed_under[-1] if figure.printed_under else ""
            number = str(figure.published_id)
            label = figure.label.ja
            for old, new in WORDS:
                if chance.random() < 0.3:
                    label = label.replace(old, new)
            unit = kinds[figure.unit] or units[number].strip("()（）")
            written = _written(values[number], chance, is_kanji=is_kanji, is_full=is_full)
            topics.setdefault(topic, []).append(Row(label, f"{written}{unit}"))
        for topic, rows in topics.items():
            if topic:
                yield Row(topic, level=2)
            chance.shuffle(rows)
            yield from rows


def _written(value: float, chance: random.Random, *, is_kanji: bool, is_full: bool) -> str:
    if not value.is_integer():
        return f"{value:.1f}"
    text = f"{value:g}"
    if is_kanji and chance.random() < 0.5:
        return kanji_of(int(value))
    if is_full and chance.random() < 0.7:
        text = text.translate(FULL)
    if len(text) > 1 and chance.random() < 0.05:
        text = f"{text[0]} {text[1:]}"
    return text + (" " if chance.random() < 0.2 else "")


def kanji_of(value: int) -> str:
    """A number below 1,000 as it is written in kanji: 百八十."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    digit = {1: ""}
    parts = [digit.get(hundreds, KANJI[hundreds]) + "百"] if hundreds else []
    parts += [digit.get(tens, KANJI[tens]) + "十"] if tens else []
    return "".join(parts) + (KANJI[ones] if ones or not parts else "")


def _item(row: Row, style: int) -> str:
    return (f"・{row.text}（{row.number}）", f"○ {row.text}：{row.number}", f"　・{row.text}　　{row.number}")[style]


def _text(rows: list[Row], path: Path, chance: random.Random, *, width: int = 0) -> Path:
    style, lines = chance.randrange(3), []
    for row in rows:
        text = row.text if row.level else _item(row, style)
        lines += ["", text] if row.level == 1 else [f"〇{text}"] if row.level else [text]
        if chance.random() < 0.03:
            lines.append(chance.choice(("資料３", "- 4 -", "5/12")))
        if row.level == 2 and chance.random() < 0.2:
            lines.append("※ 複数回答")
    if width:
        lines = [line[start : start + width] for line in lines for start in range(0, max(len(line), 1), width)]
    path = path.with_suffix(".txt")
    path.write_text("\n".join(lines), encoding=chance.choice(("utf-8", "utf-8-sig", "cp932")), errors="replace")
    return path


def _wrapped(rows: list[Row], path: Path, chance: random.Random) -> Path:
    return _text(rows, path, chance, width=chance.randint(30, 44))


def _docx(rows: list[Row], path: Path, chance: random.Random) -> Path:
    document, style = docx.Document(), chance.randrange(3)
    for row in rows:
        if row.level:
            document.add_heading(row.text, level=row.level)
        else:
            document.add_paragraph(_item(row, style))
    document.save(str(path.with_suffix(".docx")))
    return path.with_suffix(".docx")


def _tables(rows: list[Row], path: Path, chance: random.Random) -> Path:
    document, table = docx.Document(), None
    head = chance.choice(("市町村数等", "件数", "回答"))
    for row in rows:
        if row.level:
            document.add_heading(row.text, level=row.level)
            table = None
            continue
        if table is None:
            table = document.add_table(rows=1, cols=2)
            table.rows[0].cells[0].text, table.rows[0].cells[1].text = "項目", head
        cells = table.add_row().cells
        cells[0].text, cells[1].text = row.text, row.number
    document.save(str(path.with_suffix(".docx")))
    return path.with_suffix(".docx")


def _html(rows: list[Row], path: Path, chance: random.Random) -> Path:
    style = chance.randrange(3)
    body = "".join(
        f"<h{r.level + 1}>{r.text}</h{r.level + 1}>"
        if r.level
        else f"<ul><li>{_item(r, style).strip('　・○ ')}</li></ul>"
        for r in rows
    )
    path = path.with_suffix(".html")
    path.write_text(f"<!doctype html><meta charset=utf-8><title>報告</title><body>{body}</body>", encoding="utf-8")
    return path


def _xlsx(rows: list[Row], path: Path, chance: random.Random) -> Path:
    del chance
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append([row.text] if row.level else [row.text, row.number])
    book.save(path.with_suffix(".xlsx"))
    return path.with_suffix(".xlsx")


def _pdf(rows: list[Row], path: Path, chance: random.Random) -> Path:
    return print_office(_docx(rows, path, chance), path.parent)


def print_office(source: Path, folder: Path) -> Path:
    """The .pdf, in the folder, that LibreOffice prints of a document."""
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(source)],  # noqa: S607
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return folder / f"{source.stem}.pdf"


def saved_again(content: bytes) -> bytes:
    """A workbook as LibreOffice saves it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sent.xlsx").write_bytes(content)
        kind = "xlsx:Calc MS Excel 2007 XML"
        subprocess.run(
            ["soffice", "--headless", "--convert-to", kind, "--outdir", f"{name}/out", f"{name}/sent.xlsx"],  # noqa: S607
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        return (folder / "out" / "sent.xlsx").read_bytes()
