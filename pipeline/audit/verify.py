"""A release verified: every byte of it, of the returns and the ledger behind it, and its links to earlier releases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from pipeline.audit.signature import SIGNATURE, find_signer
from pipeline.check.inputs import fingerprint
from pipeline.collect.ledger import read_ledger
from pipeline.hashes import sha256_file
from pipeline.home import Home, read_kept
from pipeline.publish.containers import content_hash
from pipeline.publish.digest import is_same_digest, report_digest
from pipeline.publish.release import SEAL
from pipeline.publish.stale import stale_mark
from pipeline.warehouse.issued import issued_releases
from pipeline.warehouse.released import MANIFEST, Seal, newest_release, read_manifest
from schemas.errors import InputError, UsageError

GONE = "gone"


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was released: which file or line, what stands there, what should."""

    where: str
    found: str
    expected: str


@dataclass(frozen=True)
class Verification:
    """What was looked at, by kind, and everything that is not as it was.

    `stale` says by which release one is revised that this was compared with, None where there is none.
    """

    release: str
    checked: dict[str, int]
    faults: list[Fault]
    stale: dict[str, Any] | None = None

    def with_faults(self, kind: str, faults: list[Fault]) -> Verification:
        """The same, with what one more check found."""
        return replace(self, checked=dict(sorted({**self.checked, kind: 1}.items())), faults=[*self.faults, *faults])

    def as_json(self) -> dict[str, Any]:
        """The same as JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True)
class _Check:
    kind: str
    fault: Fault | None


def find_release(home: Home, name: str) -> Path:
    """The folder of a release named as `2024`, the newest of that year, as `2024/r1`, or by its path.

    Raises UsageError where there is none.
    """
    year, _, number = name.partition("/")
    folder: Path | None = Path(name)
    if year.isdigit() and not Path(name).is_dir():
        folder = home.releases(int(year)) / number if number else newest_release(home, int(year))
    if folder is None or not folder.is_dir():
        known = sorted(f"{path.parent.name}/{path.name}" for path in (home.root / "releases").glob("*/r*"))
        raise UsageError(
            reference="unknown-release", where=str(home.root / "releases"), found=name,
            expected=f"one of: {', '.join(known) or 'none is there'}", fix="name a release as YEAR, YEAR/rN, or its folder",
        )  # fmt: skip
    return folder


def verify_release(
    home: Home, folder: Path, *, printed: str | None = None, signers: Path | None = None
) -> Verification:
    """Compare everything that a release is, was made from and follows with what its seal and manifest say.

    `printed` is the digest of a printed report, `signers` the list of those who may have signed the release.
    Where the manifest or its seal is not what it was, nothing else can be compared with it, and that alone is told. Raises
    InputError where there is no readable manifest.
    """
    manifest = read_manifest(folder)
    checks = list(_seal(folder))
    if not any(check.fault and check.fault.where.endswith((MANIFEST, SEAL)) for check in checks):
        checks += [*_outputs(folder, manifest), *_inputs(home, manifest), *_chain(home, folder, manifest)]
        if printed is not None:
            checks.append(_printed(manifest, printed))
    if signers is not None:
        checks.append(_signed(folder, signers))
    counts = Counter(check.kind for check in checks)
    faults = [check.fault for check in checks if check.fault is not None]
    return Verification(str(folder), dict(sorted(counts.items())), faults, stale_mark(folder))


def _printed(manifest: dict[str, Any], printed: str) -> _Check:
    digest = report_digest(manifest)
    is_same = is_same_digest(printed, digest)
    return _Check("printed digest", None if is_same else Fault("the printed report", printed, digest))


def _signed(folder: Path, signers: Path) -> _Check:
    signature = folder / SIGNATURE
    found = "a signature of nobody listed" if signature.is_file() else GONE
    is_signed = find_signer(folder, signers) is not None
    return _Check(
        "signature", None if is_signed else Fault(str(signature), found, f"a signature of somebody in {signers}")
    )


def _hash(kind: str, path: Path, expected: str) -> _Check:
    """A check that a file has the bytes of this SHA-256."""
    found = sha256_file(path) if path.is_file() else GONE
    return _Check(kind, None if found == expected else Fault(str(path), found, expected))


def _seal(folder: Path) -> Iterator[_Check]:
    path = folder / SEAL
    seal = read_kept(path, Seal)
    if seal is None or seal["check"] != fingerprint(seal["files"]) or MANIFEST not in seal["files"]:
        found = "no seal as it was written" if path.exists() else GONE
        yield _Check("sealed files", Fault(str(path), found, "the hash of the manifest and of the DuckDB file"))
        return
    for name, sha256 in seal["files"].items():
        yield _hash("sealed files", folder / name, sha256)


def _outputs(folder: Path, manifest: dict[str, Any]) -> Iterator[_Check]:
    outputs: dict[str, dict[str, Any]] = manifest["outputs"]
    for name, said in outputs.items():
        path = folder / name
        if "sha256" in said:
            yield _hash("files of the release", path, said["sha256"])
        else:
            found = _content(path)
            expected_content = str(said.get("content_sha256"))
            is_same = found == expected_content
            yield _Check("files of the release", None if is_same else Fault(str(path), found, expected_content))
    expected = {*outputs, MANIFEST, SEAL, SIGNATURE}
    folders = {parent.as_posix() for name in outputs for parent in Path(name).parents}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            yield _Check("files of the release", Fault(str(path), "a link", "a file of the release itself"))
        elif name not in (folders if path.is_dir() else expected):
            found = "a folder" if path.is_dir() else "a file"
            yield _Check("files of the release", Fault(str(path), found, "nothing: it was not released"))


def _content(path: Path) -> str:
    """The hash of what a DuckDB file holds, or why there is none."""
    if not path.is_file():
        return GONE
    try:
        return content_hash(path)
    except duckdb.Error as error:
        return f"no readable database: {str(error).splitlines()[0]}"


def _inputs(home: Home, manifest: dict[str, Any]) -> Iterator[_Check]:
    inputs = manifest["inputs"]
    found = fingerprint(inputs)
    is_same = found == manifest["fingerprint"]
    yield _Check("inputs", None if is_same else Fault("manifest.json, inputs", found, manifest["fingerprint"]))
    returns = {*inputs["returns"].values(), *inputs["previous_returns"].values()}
    for sha256 in sorted(returns):
        yield _hash("returns in the archive", home.archived(sha256), sha256)
    try:
        ledger = read_ledger(home.ledger)
    except InputError as error:
        yield _Check("receipts", Fault(error.where, error.found, error.expected))
        return
    for sha256 in sorted({receipt.sha256 for receipt in ledger} - returns):
        yield _hash("other files in the archive", home.archived(sha256), sha256)
    last = inputs["receipts"]
    is_there = last is None or last in {receipt.hash for receipt in ledger}
    yield _Check(
        "receipts", None if is_there else Fault(str(home.ledger), f"no receipt {last}", "the last one it was made from")
    )


def _listed(home: Home, folder: Path, manifest: dict[str, Any]) -> Iterator[_Check]:
    """What the list of releases says of this one, if it lies among the releases of this home."""
    if folder.resolve().parent != home.releases(int(manifest["year"])).resolve():
        return
    try:
        issued = issued_releases(home)
    except InputError as error:
        yield _Check("list of releases", Fault(error.where, error.found, error.expected))
        return
    own = next((n for n in issued if (n.year, n.release) == (manifest["year"], manifest["release"])), None)
    if own is None:
        yield _Check(
            "list of releases",
            Fault(
                str(home.issued),
                f"no {folder.name} of {manifest['year']}",
                f"a line of it, which the next `kyogikai release {manifest['year']}` adds",
            ),
        )
        return
    yield _hash("list of releases", folder / MANIFEST, own.manifest)
    said = {"as_of": own.as_of, "released_by": own.released_by}
    for key, value in said.items():
        if value != manifest[key]:
            yield _Check("list of releases", Fault(f"{home.issued}, {folder.name}: {key}", value, manifest[key]))


def _chain(home: Home, folder: Path, manifest: dict[str, Any]) -> Iterator[_Check]:
    """The releases that this one follows: the one before of the same year, back to the first; and those it compared with."""
    number = int(manifest["release"].removeprefix("r"))
    previous = manifest["previous_release"]
    while previous is not None and number > 1:
        number -= 1
        earlier = folder.parent / f"r{number}" / MANIFEST
        check = _hash("manifests of earlier releases", earlier, previous)
        yield check
        if check.fault is not None:
            return
        previous = read_manifest(earlier.parent)["previous_release"]
    if number > 1:
        missing = folder.parent / f"r{number - 1}" / MANIFEST
        yield _Check(
            "manifests of earlier releases",
            Fault(str(folder / MANIFEST), "no release before it", f"the hash of {missing}"),
        )
    yield from _listed(home, folder, manifest)
    for year, said in manifest["inputs"]["earlier_releases"].items():
        manifests = {sha256_file(path) for path in home.releases(int(year)).glob(f"r*/{MANIFEST}")}
        is_there = said["manifest"] in manifests
        expected = f"a release whose manifest has SHA-256 {said['manifest']}"
        yield _Check(
            "manifests of earlier releases", None if is_there else Fault(str(home.releases(int(year))), GONE, expected)
        )
