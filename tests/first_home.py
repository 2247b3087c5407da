"""A home as the first release, 0.1.0, left it: `python -m tests.first_home` makes it again, with the code of that release.

Its survey is the second one with five municipalities. One has not answered, which a waiver states; one was asked back, and its
answer accepted; one was corrected. The library that draws charts is left out of the pack: it is the same in every release, and
as large as all the rest.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from hashlib import sha256
from pathlib import Path

import openpyxl

from pipeline.home import PROJECT_ROOT, Home
from pipeline.publish.site.drawing import make_library
from schemas.survey import Survey

COMMIT = "1b16f3c296358eec6d6199afaa97df994e7d73d7"
"""Of the first release."""
PACK = PROJECT_ROOT / "tests" / "data" / "home_of_0.1.0.tar.xz"
YEAR, NOW = 2025, "2025-06-20T09:00:00+09:00"
SECRETARIAT, ASKED, MISSING = "332038", "336068", "335860"
KEPT = {SECRETARIAT, ASKED, MISSING, "336220", "336238"}
DURABLE = (
    "archive", "ledger.jsonl", "releases", "releases.jsonl", "waivers", "corrections", "queries", "warehouse/kyogikai.duckdb", "work",
    "gate/2025/gate.json",
    "demo.json",
)  # fmt: skip
LEFT_OUT = ("vega.js", "kyogikai.contents.json", ".writer.lock")
"""What is in the pack of the home, and what of it is not."""
WAIVERS = f"""year: {YEAR}
waivers:
  - id: no-answer-shinjo
    findings: ["return.missing:{MISSING}"]
    reason: 期限までに回答がなく、電話でも確認できなかった
    authority: 県危機管理担当課長
    granted: 2025-06-02
    expires: 2026-03-31
"""
CORRECTIONS = """year: 2025
corrections:
  - id: plans-tsuyama
    municipality: "332038"
    sheet: {sheet}
    cell: {cell}
    expect: "{expect}"
    to: "7"
    reason: 電話で確認したところ、作成中のものを含めていた
    authority: 県危機管理担当課長
    granted: 2025-06-02
    expires: 2026-03-31
"""


def open_first_home(folder: Path) -> tuple[Home, Survey]:
    """Unpack the home, and the survey it is of, into an empty folder; every byte is that of the first release."""
    with tarfile.open(PACK) as pack:
        pack.extractall(folder, filter="data")
    home = Home(folder / "home")
    library = make_library().encode()
    for manifest in home.root.glob("releases/*/*/manifest.json"):
        for name, said in json.loads(manifest.read_bytes())["outputs"].items():
            if Path(name).name == "vega.js":
                if sha256(library).hexdigest() != said["sha256"]:
                    raise AssertionError(
                        "the library that draws charts is another one now: put the former one into the pack"
                    )
                (manifest.parent / name).write_bytes(library)
    return home, Survey(folder / "survey")


def make_survey(source: Path, root: Path) -> Survey:
    """The second survey with five municipalities and one network."""
    subprocess.run(["cp", "-r", source, root], check=True)  # noqa: S607
    reference = root / "data" / "reference"
    for name, column in (("municipalities", 0), ("register_members", 1)):
        path = reference / f"{name}.csv"
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row.split(",")[column] in KEPT and "maniwa" not in row]
        path.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
    register = reference / "register.csv"
    head, *rows = register.read_text(encoding="utf-8").splitlines()
    register.write_text("\n".join([head, *(row for row in rows if "tsuyama" in row)]) + "\n", encoding="utf-8")
    return Survey(root)


def make_home(code: Path, folder: Path) -> None:
    """Make survey and home in a folder with the code of another one: collect, ask back, accept, correct, waive, release."""
    survey = make_survey(code / "tests" / "second_survey", folder / "survey")
    home, declarations = Home(folder / "home"), survey.load_year(YEAR)
    environment = {**os.environ, "PYTHONPATH": str(code), "KYOGIKAI_NOW": NOW}

    def kyogikai(*words: str, code_is: int = 0) -> None:
        command = [sys.executable, "-m", "pipeline.cli", "--home", str(home.root), "--survey", str(survey.root), *words]
        done = subprocess.run(command, cwd=code, env=environment, check=False)
        if done.returncode != code_is:
            raise RuntimeError(f"kyogikai {' '.join(words)} ended with {done.returncode}")

    kyogikai("demo", "--year", str(YEAR))
    slots = {slot.question_id: slot for slot in declarations.layout.slots if slot.row_no == 1}
    names = {one.code: one.name for one in declarations.municipalities}
    paths = {code: next(home.inbox(YEAR).glob(f"*{name}*")) for code, name in names.items()}
    paths[MISSING].unlink()
    drills, plans = slots["drill_count"], slots["plan_count"]
    asked = openpyxl.load_workbook(paths[ASKED])
    asked[drills.sheet][drills.address].value = 98
    asked.save(paths[ASKED])
    corrected = openpyxl.load_workbook(paths[SECRETARIAT])[plans.sheet][plans.address].value
    text = CORRECTIONS.format(sheet=plans.sheet, cell=plans.address, expect=corrected)
    for path, content in ((home.corrections(YEAR), text), (home.waivers(YEAR), WAIVERS)):
        path.parent.mkdir()
        path.write_text(content, encoding="utf-8")
    kyogikai("run", str(YEAR), code_is=1)
    kyogikai("queries", str(YEAR))
    kyogikai("queries", str(YEAR), "--accept", f"{ASKED}-1", "--by", "山田", "--reason", "電話で確認した")
    kyogikai("run", str(YEAR))
    kyogikai("release", str(YEAR), "--by", "山田")


def pack(folder: Path) -> bytes:
    """Survey and home as an archive, without what no other version reads, and without days and owners of files."""
    paths = [path for top in ("survey", *(f"home/{name}" for name in DURABLE)) for path in _files(folder / top)]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz", preset=9) as archive:
        for path in sorted(path for path in paths if path.name not in LEFT_OUT):
            info = tarfile.TarInfo(path.relative_to(folder).as_posix())
            info.size = path.stat().st_size
            archive.addfile(info, io.BytesIO(path.read_bytes()))
    return buffer.getvalue()


def _files(top: Path) -> list[Path]:
    return [top] if top.is_file() else [path for path in top.rglob("*") if path.is_file()]


def main() -> None:
    """Make the pack anew."""
    with tempfile.TemporaryDirectory(prefix="kyogikai-first-") as name:
        folder, code = Path(name), Path(name) / "code"
        code.mkdir()
        archive = subprocess.run(["git", "archive", COMMIT], cwd=PROJECT_ROOT, capture_output=True, check=True)  # noqa: S607
        subprocess.run(["tar", "-x", "-C", code], input=archive.stdout, check=True)  # noqa: S607
        make_home(code, folder)
        PACK.write_bytes(pack(folder))


if __name__ == "__main__":
    main()
