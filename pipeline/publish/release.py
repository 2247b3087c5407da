"""Releasing a year: refused unless the gate passed on exactly these inputs; immutable once it is there."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.beside import load_beside
from pipeline.check.gate import judge_year, read_gate
from pipeline.check.inputs import fingerprint, warehouse_contents, year_inputs
from pipeline.clock import Clock, now
from pipeline.collect.collect import uncollected
from pipeline.hashes import sha256_file
from pipeline.home import Home, sync_folder
from pipeline.publish.containers import content_hash
from pipeline.publish.docx_template import find_template
from pipeline.publish.files import Making, write_files
from pipeline.publish.prove import prove_release
from pipeline.publish.stale import mark_stale
from pipeline.warehouse.issued import is_listed, record_release
from pipeline.warehouse.reading import open_warehouse
from pipeline.warehouse.released import expect_unchanged, newest_release, read_manifest
from schemas.corrections import load_corrections
from schemas.errors import GateRefusedError, UsageError
from schemas.survey import Survey, YearDeclarations
from schemas.waivers import load_waivers

PAGES = ("pipeline.publish.site.write", "pipeline.publish.site.prove")
"""What writes and proves the pages of the site while this process writes and proves the other files."""
SEAL = "seal.json"
"""Holds the hash of a release's manifest, of the bytes of files of which the manifest holds only what they contain, and of
these hashes themselves."""


def release_year(home: Home, survey: Survey, year: int, *, by: str, clock: Clock = now) -> Path:
    """Publish the year's release and return its folder; unchanged inputs return the release that is there.

    A release that revises another carries a 正誤表, and releases of later years that were compared with that one are marked.

    The caller holds the home's writer lock. Raises UsageError without a name, DeclarationError for a waiver or a
    correction that is no longer in force and for a .docx template that cannot be used, GateRefusedError when no gate was
    run, when it refused, or when any input, declaration, code or figure is not what it judged, and InputError where the
    release that is there was changed.
    """
    if not by.isprintable() or not any(map(str.isalpha, by)):
        raise UsageError(
            reference="nobody-releases", where="--by", found=repr(by), expected="a name, on one line", fix="name who releases"
        )  # fmt: skip
    load_beside(*PAGES)
    declarations = survey.load_year(year)
    load_waivers(home.waivers(year), year=year, on=clock().date())
    load_corrections(home.corrections(year), declarations, on=clock().date())
    find_template(survey, declarations)
    gate = _open_gate(home, survey, declarations)
    newest = newest_release(home, year)
    if newest is not None:
        released = read_manifest(newest)
        is_same = released["fingerprint"] == gate["fingerprint"]
        if is_same or not is_listed(home, newest):
            # One that is not listed was made by a command that was killed right then: it is public all the same.
            expect_unchanged(newest, released["outputs"])
            _record(home, newest, as_of=clock())
        if is_same:
            return newest
    number = int(newest.name[1:]) + 1 if newest else 1
    target = home.releases(year) / f"r{number}"
    aside = home.releases(year) / f".r{number}.next"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _write(aside, home, survey, declarations, gate, by=by, clock=clock, previous=newest, number=number)
        # Hundreds of files were written without waiting for the disk, one by one.
        os.sync()
        aside.replace(target)
        sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    _record(home, target, as_of=clock())
    return target


def _record(home: Home, folder: Path, *, as_of: datetime) -> None:
    """Note a release in the list, and on later releases that it makes stale; what is noted already stays as it is."""
    manifest = read_manifest(folder)
    record_release(home, folder, as_of=manifest["as_of"], released_by=manifest["released_by"])
    mark_stale(home, folder, as_of=as_of)


def _open_gate(home: Home, survey: Survey, declarations: YearDeclarations) -> dict[str, Any]:
    year = declarations.year
    gate = read_gate(home, year)
    rerun = f"run `kyogikai run {year}`, then release"
    if gate is None:
        raise GateRefusedError(
            reference="no-gate", where=str(home.gate(year)), found="no gate was run for this year", fix=rerun
        )
    if gate["verdict"] != "passed" or gate["blocking"]:
        shown = (
            ", ".join([*gate["blocking"][:5], *(["…"] if len(gate["blocking"]) > 5 else [])])
            or "fewer relations or figures judged than declared"
        )
        raise GateRefusedError(
            reference="gate-refused", where=str(home.gate(year) / "gate.json"),
            found=f"{len(gate['blocking'])} blocking findings: {shown}", expected="no error-level finding left",
            fix=f"see `kyogikai findings {year}`; mend or waive each, then {rerun}",
        )  # fmt: skip
    inputs = year_inputs(home, survey, year)
    if fingerprint(inputs) != gate["fingerprint"]:
        raise GateRefusedError(
            reference="inputs-changed", where=str(home.gate(year) / "gate.json"),
            found=f"changed since the gate passed: {', '.join(_changed(gate['inputs'], inputs))}",
            expected="exactly what the gate judged",
            fix=rerun,
        )  # fmt: skip
    waiting = [path.name for path in uncollected(home, year)]
    if waiting:
        raise GateRefusedError(
            reference="inbox-not-collected", where=str(home.inbox(year)),
            found=f"{len(waiting)} files that no run has taken: {', '.join(waiting[:5])}", expected="an inbox that was run",
            fix=rerun,
        )  # fmt: skip
    for sha256 in sorted({*inputs["returns"].values(), *inputs["previous_returns"].values()}):
        path = home.archived(sha256)
        if not path.exists() or sha256_file(path) != sha256:
            raise GateRefusedError(
                reference="archive-damaged", where=str(path), found="bytes that are not those received",
                expected=f"SHA-256 {sha256}", fix="restore the file from a backup",
            )  # fmt: skip
    present = judge_year(home, survey, declarations, contents) if (contents := _contents(home, year)) else {}
    if present.get("contents") != gate["contents"]:
        raise GateRefusedError(
            reference="warehouse-changed", where=str(home.warehouse), found="figures that the gate did not judge",
            fix=rerun,
        )  # fmt: skip
    if standing := _standing_errors(home, year):
        raise GateRefusedError(
            reference="gate-refused", where=str(home.warehouse), found=f"{len(standing)} errors: {', '.join(standing[:5])}",
            expected="no error-level finding left", fix=f"see `kyogikai findings {year}`; mend or waive each, then {rerun}",
        )  # fmt: skip
    if edited := sorted(key for key in present if present[key] != gate.get(key)):
        raise GateRefusedError(
            reference="gate-edited", where=str(home.gate(year) / "gate.json"), found=f"other than judged: {', '.join(edited)}",
            expected="what the gate wrote", fix=rerun,
        )  # fmt: skip
    return gate


def _contents(home: Home, year: int) -> dict[str, str]:
    """Hashes of the rows in the warehouse as it is now, nothing that is remembered; empty where there is none."""
    return warehouse_contents(home.warehouse, year) if home.warehouse.exists() else {}


def _standing_errors(home: Home, year: int) -> list[str]:
    """The errors without a waiver that lie beside the figures, whatever the gate's manifest says of them."""
    with open_warehouse(home.warehouse, year) as connection:
        rows = connection.execute(
            "select finding_id from quality_finding where year = ? and severity = 'error' and waiver_id is null order by 1",
            [year],
        ).fetchall()
    return [finding for (finding,) in rows]


def _changed(judged: dict[str, Any], present: dict[str, Any]) -> list[str]:
    """What differs between two sets of inputs, each with the first few names that differ within it."""
    changed = []
    for key in sorted(present):
        before, after = judged.get(key), present[key]
        if before == after:
            continue
        names: list[str] = []
        if isinstance(before, dict) and isinstance(after, dict):
            names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        changed.append(f"{key} ({', '.join(names[:5])}{', …' if len(names) > 5 else ''})" if names else key)
    return changed


def _write(
    folder: Path, home: Home, survey: Survey, declarations: YearDeclarations, gate: dict[str, Any],
    *, by: str, clock: Clock, previous: Path | None, number: int,
) -> None:  # fmt: skip
    making = Making(home, survey, declarations, gate, f"r{number}", by, clock(), previous)
    shown = write_files(making, folder)
    releases = {f"{declarations.year}/r{number}": folder}
    if previous:
        releases[f"{declarations.year}/{previous.name}"] = previous
    prove_release(folder, shown, declarations, releases=releases)
    manifest = {
        "survey": declarations.questionnaire.survey,
        "year": declarations.year,
        "release": f"r{number}",
        "as_of": making.as_of.isoformat(),
        "released_by": by,
        "version": __version__,
        "fingerprint": gate["fingerprint"],
        "inputs": gate["inputs"],
        "contents": gate["contents"],
        "previous_release": sha256_file(previous / "manifest.json") if previous else None,
        "outputs": _outputs(folder),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    sealed = ["manifest.json", *(name for name, said in manifest["outputs"].items() if "sha256" not in said)]
    files = {name: sha256_file(folder / name) for name in sealed}
    seal = {"files": files, "check": fingerprint(files)}
    (folder / SEAL).write_text(json.dumps(seal, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _outputs(folder: Path) -> dict[str, dict[str, Any]]:
    outputs: dict[str, dict[str, Any]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        # A DuckDB file's own layout differs from writing to writing; what it holds does not.
        is_database = path.suffix == ".duckdb"
        outputs[path.relative_to(folder).as_posix()] = (
            {"content_sha256": content_hash(path)}
            if is_database
            else {"sha256": sha256_file(path), "size": path.stat().st_size}
        )
    return outputs
