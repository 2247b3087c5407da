"""Taking files from the inbox into the archive, and writing down what was taken and what was not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.clock import Clock, now
from pipeline.collect.file_names import is_temporary, readable_name
from pipeline.collect.ledger import Receipt, append_receipts, chain, current_returns, read_ledger
from pipeline.collect.query_sheets import recognise_query_sheet
from pipeline.collect.recognise import Recogniser, RejectedReturnError
from pipeline.home import Home, expect_home, write_atomically
from pipeline.workbooks.limits import UnreadableWorkbookError
from pipeline.workbooks.opening import open_workbook
from schemas.errors import InputError
from schemas.form_layout import IDENTITY_CELLS, IDENTITY_SHEET
from schemas.survey import YearDeclarations

SENT_AGAIN = "修正される前の回答と同一のファイルです。修正後の回答を用いています。元に戻す場合は、保存し直したファイルを提出してください。"

MIXED = {
    True: "実際の回答を受け付けた保存先に、デモ用の回答を混ぜることはできません。",
    False: "デモ用の回答がある保存先に、実際の回答を混ぜることはできません。実際の回答には、別の保存先を使ってください。",
}


def inbox_files(home: Home, year: int) -> list[Path]:
    """Files of a year's inbox, oldest first, ties by name; temporary files are left out."""
    folder = home.inbox(year)
    files = [path for path in folder.rglob("*") if path.is_file() and not is_temporary(path)] if folder.exists() else []
    return sorted(files, key=_age)


def _age(path: Path) -> tuple[int, str]:
    """Sorts files by when they were last changed, ties by name."""
    return path.stat().st_mtime_ns, path.name


def _read(path: Path) -> bytes | None:
    """A file's bytes, None where the system does not let it be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def uncollected(home: Home, year: int) -> list[Path]:
    """Files of a year's inbox that the ledger does not know under their name and bytes."""
    seen = {(r.file_name, r.sha256) for r in read_ledger(home.ledger) if r.year == year}
    files = inbox_files(home, year)
    return [path for path in files if (readable_name(path), hashlib.sha256(_read(path) or b"").hexdigest()) not in seen]


def collect(
    home: Home, declarations: YearDeclarations, *, paths: Sequence[Path] | None = None, clock: Clock = now
) -> list[Receipt]:
    """Archive every new file under its SHA-256 and append a receipt for each; return the new receipts.

    Without `paths` the year's inbox is taken. A file already in the ledger under the same name and bytes is
    passed over, so that collecting twice adds nothing. Files that cannot be read, or are no return of this
    year, are kept and listed as rejected. Raises InputError when a given path does not exist, or a file stands in the place
    of the inbox.
    """
    expect_home(home)
    files = inbox_files(home, declarations.year) if paths is None else list(_expand(paths))
    ledger = read_ledger(home.ledger)
    received_at = clock().isoformat()
    seen = {(r.year, r.file_name, r.sha256) for r in ledger}
    drafts: list[dict[str, object]] = []
    standing = {code: receipt.sha256 for code, receipt in current_returns(ledger, declarations.year).items()}
    known = {
        r.sha256: (r.municipality_code or "", r.is_synthetic)
        for r in ledger
        if r.year == declarations.year and r.event == "accepted"
    }
    recogniser = Recogniser(declarations)
    is_synthetic_home = next((r.is_synthetic for r in ledger if r.event == "accepted"), None)
    for path in files:
        found = _read(path)
        content = found or b""
        sha256 = hashlib.sha256(content).hexdigest()
        name = readable_name(path)
        if (declarations.year, name, sha256) in seen:
            continue
        seen.add((declarations.year, name, sha256))
        target = home.archived(sha256)
        if not target.exists():
            write_atomically(target, content)
        draft: dict[str, object] = {
            "received_at": received_at, "year": declarations.year, "file_name": name,
            "sha256": sha256, "size": len(content),
        }  # fmt: skip
        if sha256 in known:
            code, is_synthetic = known[sha256]
            is_standing = standing.get(code) == sha256
            draft |= {
                "event": "duplicate", "municipality_code": code, "is_synthetic": is_synthetic,
                "reason": "same-bytes" if is_standing else "superseded-bytes",
                "message": "受付済みの回答と同一のファイルです。" if is_standing else SENT_AGAIN,
            }  # fmt: skip
        else:
            try:
                if found is None:
                    raise UnreadableWorkbookError("no-access", "ファイルを開く権限がありません。")
                workbook = open_workbook(content)
                reply = recognise_query_sheet(workbook, declarations)
                if reply is not None:
                    drafts.append(draft | reply)
                    continue
                identity = recogniser.identify(workbook, name)
                if is_synthetic_home is not None and identity.is_synthetic != is_synthetic_home:
                    raise RejectedReturnError(
                        "mixes-demo-and-real", MIXED[identity.is_synthetic],
                        f"{IDENTITY_SHEET}!{IDENTITY_CELLS['synthetic']}", identity.code,
                    )  # fmt: skip
            except (UnreadableWorkbookError, RejectedReturnError) as error:
                draft |= {
                    "event": "rejected", "reason": error.reason, "message": error.message,
                    "cell": getattr(error, "cell", None), "municipality_code": getattr(error, "code", None),
                }  # fmt: skip
            else:
                is_synthetic_home = identity.is_synthetic
                draft |= {
                    "event": "accepted", "municipality_code": identity.code, "is_synthetic": identity.is_synthetic,
                    "supersedes": standing.get(identity.code), "evidence": identity.evidence,
                }  # fmt: skip
                standing[identity.code] = sha256
                known[sha256] = identity.code, identity.is_synthetic
        drafts.append(draft)
    receipts = chain(ledger, drafts)
    append_receipts(home.ledger, receipts)
    return receipts


def _expand(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted((p for p in path.rglob("*") if p.is_file() and not is_temporary(p)), key=_age)
        elif path.is_file():
            yield path
        else:
            raise InputError(reference="no-such-file", where=str(path), fix="give a file or folder that exists")
