"""What the product rests on: `python -m tests.dependencies` holds the environment against the lock and its licences against a list.

With `--vulnerabilities` it asks the advisory database of the package index too. What could not be asked is never called safe.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageMetadata, distributions
from pathlib import Path
from typing import Any

from schemas.bundle import PROJECT_ROOT

LOCKS = [PROJECT_ROOT / name for name in ("requirements.txt", "requirements-spark.txt")]
OWN = "kyogikai"
FAULTY, UNVERIFIED = 1, 3
PERMISSIVE = {
    "0bsd", "3-clause bsd license", "apache software license", "apache-2.0", "bsd", "bsd 3-clause", "bsd license", "bsd-2-clause",
    "bsd-3-clause", "cc0-1.0", "cnri-python", "isc", "isc license (iscl)", "mit", "mit license", "mit-0", "psf-2.0",
    "public domain", "python software foundation license", "zlib",
}  # fmt: skip
"""Licences, in the words of packages, that ask for no more than their own text."""
MPL = "MPL 2.0 asks for changes of its own files only, and nothing of it is changed or copied here"
EXCEPTIONS = {
    "axe-playwright-python": "says none in its metadata; MIT by its repository, and axe-core in it MPL 2.0; for tests alone",
    "certifi": MPL, "hypothesis": MPL, "orjson": MPL, "pathspec": MPL, "tqdm": MPL,
    "psycopg2-binary": "LGPL, with exceptions; Dagster's storage on PostgreSQL rests on it, for teams alone, and nothing of it is copied",
    "docutils": "public domain and BSD but for an Emacs mode that is not installed",
    "pylopdf-fonts-jp": "the Open Font License, under which fonts lie in the documents that are set in them",
    "text-unidecode": "Artistic License, one of two that it offers",
}  # fmt: skip
"""Packages under other licences, and why they may be there."""
_ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<rest>(?:.*\\\n)*.*)$", re.MULTILINE
)


@dataclass(frozen=True)
class Package:
    """A package that is installed: its name as the index writes it, its version, and how its licence reads."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True)
class Advised:
    """What the advisory database said: known vulnerabilities, and of which packages it said nothing."""

    vulnerabilities: tuple[str, ...]
    unknown: tuple[str, ...]


def canonical(name: str) -> str:
    """A package's name as the index writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_versions(text: str) -> dict[str, str]:
    """The version of every package in a lock."""
    return {canonical(entry["name"]): entry["version"] for entry in _ENTRY.finditer(text)}


def without_hash(text: str) -> list[str]:
    """Packages of a lock whose files are not named by their hashes."""
    return [entry["name"] for entry in _ENTRY.finditer(text) if "--hash=sha256:" not in entry["rest"]]


def licence_of(metadata: PackageMetadata) -> str:
    """A licence as a package tells it: an expression, else what it is classified as, else its own words."""
    classified = [
        text.rpartition(" :: ")[2] for text in metadata.get_all("Classifier") or () if text.startswith("License ::")
    ]
    own = (metadata.get("License") or "").strip().partition("\n")[0]
    return str(metadata.get("License-Expression") or " AND ".join(classified) or own)


def is_permissive(licence: str) -> bool:
    """Whether one of the choices that a licence offers asks for no more than its own text."""
    choices = (choice.split(" and ") for choice in licence.lower().split(" or "))
    return any(all(part.strip() in PERMISSIVE for part in parts) for parts in choices)


def installed() -> list[Package]:
    """The packages of this environment but for the product itself."""
    found: Iterable[Distribution] = distributions()
    told = [Package(canonical(one.metadata["Name"]), one.version, licence_of(one.metadata)) for one in found]
    return sorted((one for one in told if one.name != OWN), key=lambda one: one.name)


def offline_faults(lock: str, packages: Iterable[Package], exceptions: Mapping[str, str] = EXCEPTIONS) -> Iterator[str]:
    """What is wrong with a lock and an environment, as far as it can be told without asking anybody."""
    versions, there = locked_versions(lock), list(packages)
    yield from (f"{name}: the lock has no hash of its files; run make lock" for name in without_hash(lock))
    for one in there:
        wanted = versions.get(one.name)
        if wanted is None:
            yield f"{one.name} {one.version}: installed and not in the lock; remove it, or name it in pyproject.toml"
        elif wanted != one.version:
            yield f"{one.name} {one.version}: the lock has {wanted}; run make setup"
        if not is_permissive(one.licence) and one.name not in exceptions:
            yield f"{one.name}: its licence is 「{one.licence or 'not told'}」; take another package, or say why it may be there"
    names = {one.name for one in there}
    yield from (f"{name}: in the lock and not installed; run make setup" for name in sorted(versions.keys() - names))
    yield from (
        f"{name}: an exception for what is not installed; remove it" for name in sorted(exceptions.keys() - names)
    )


def read_advice(report: Mapping[str, Any]) -> Advised:
    """What a report of pip-audit says. A package that it skipped is unknown, and not safe."""
    parts = report["dependencies"]
    found = [
        f"{one['name']} {one['version']}: {advisory['id']}, mended in {', '.join(advisory['fix_versions']) or 'no version yet'}"
        for one in parts
        for advisory in one.get("vulns", ())
    ]
    return Advised(tuple(found), tuple(one["name"] for one in parts if "skip_reason" in one))


def ask_for_advice(locks: Iterable[Path]) -> Advised | None:
    """Ask about every package of the locks; None where nobody answers."""
    words = [
        *(word for lock in locks for word in ("--requirement", str(lock))),
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner",
        "off",
        "--format",
        "json",
    ]
    done = subprocess.run([sys.executable, "-m", "pip_audit", *words], capture_output=True, text=True, check=False)
    try:
        return read_advice(json.loads(done.stdout))
    except (ValueError, KeyError):
        return None


def conclude(faults: Iterable[str], advised: Advised | None) -> tuple[list[str], int]:
    """The lines to print and the exit code: 0 all is well, 1 something is wrong, 3 it could not be told."""
    lines = [*faults, *(advised.vulnerabilities if advised else ())]
    unknown = (
        "the advisory database did not answer"
        if advised is None
        else f"it knows nothing of {len(advised.unknown)} packages"
    )
    is_unverified = advised is None or bool(advised.unknown)
    code = FAULTY if lines else UNVERIFIED if is_unverified else 0
    if is_unverified:
        lines.append(
            f"vulnerabilities: not verified, for {unknown}; run make audit where the package index can be reached"
        )
    return lines, code


def main(words: list[str]) -> int:
    """Print what is wrong."""
    faults = list(offline_faults("\n".join(lock.read_text(encoding="utf-8") for lock in LOCKS), installed()))
    lines, code = (
        (faults, FAULTY if faults else 0) if words != ["--vulnerabilities"] else conclude(faults, ask_for_advice(LOCKS))
    )
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
