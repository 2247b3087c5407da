"""Taking files from the inbox into the archive, and writing down what was taken and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from pipeline.chained import append_lines, chain
from pipeline.clock import Clock, now
from pipeline.collect.arrivals import Arrival, arrivals
from pipeline.collect.file_names import is_temporary, readable_name
from pipeline.collect.ledger import Receipt, current_returns, read_ledger
from pipeline.collect.look import File, Look, Looker, Looks, Refusal, packing_looker
from pipeline.collect.names import RosterNames
from pipeline.collect.recognise import Identity, RejectedReturnError
from pipeline.collect.table_rows import ROWS_LACKING, row_arrivals, tell_lacking_rows
from pipeline.every_core import batches, on_every_core
from pipeline.hashes import sha256_file
from pipeline.home import Home, expect_home, write_atomically, write_format
from pipeline.home_format import read_format
from pipeline.workbooks.limits import MAX_EXPANDED_BYTES, UnreadableWorkbookError
from pipeline.workbooks.opening import keep_packed, open_workbook
from schemas.errors import InputError
from schemas.form_layout import IDENTITY_CELLS, IDENTITY_SHEET
from schemas.passwords import Passwords, load_passwords
from schemas.survey import YearDeclarations

SENT_AGAIN = "修正される前の回答と同一のファイルです。修正後の回答を用いています。元に戻す場合は、保存し直したファイルを提出してください。"

LINK = UnreadableWorkbookError(
    "link", "他の場所にあるファイルへのリンクです。開きません。ファイルそのものを受信箱に入れてください。"
)
TOO_LARGE = UnreadableWorkbookError(
    "too-large", f"ファイルが{MAX_EXPANDED_BYTES // 1_000_000}MBを超えているため、読み取りも保存もしていません。"
)
NO_ACCESS = UnreadableWorkbookError("no-access", "ファイルを開く権限がありません。")
AT_ONCE = 25
"""How many files are looked at together."""
TRIED_AGAIN = ("encrypted", "encrypted-or-old", "not-excel")
"""Reasons that may be gone when the same file is looked at again: a password was added, or the product reads more kinds."""

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


def _arrivals_of(path: Path, passwords: Sequence[str], *, is_inbox: bool) -> Iterator[Arrival]:
    """What a file brings. One that is not looked into is told without its bytes: a link of the inbox, one beyond any limit."""
    name = readable_name(path)
    try:
        size = path.stat().st_size
        refusal = LINK if is_inbox and path.is_symlink() else TOO_LARGE if size > MAX_EXPANDED_BYTES else None
        if refusal is None:
            yield from arrivals(name, path.read_bytes(), passwords)
            return
    except OSError:
        size, refusal = 0, NO_ACCESS
    yield Arrival(name, b"", size, refusal)


def uncollected(home: Home, year: int) -> list[Path]:
    """Files of a year's inbox that bring what the ledger does not know, or what could be taken now, as with a new password."""
    passwords = load_passwords(home.passwords)
    last = _last_receipts(read_ledger(home.ledger), year)

    def is_waiting(path: Path) -> bool:
        tried = _passwords_for(readable_name(path), passwords, None)
        brought = _arrivals_of(path, tried, is_inbox=True)
        return any(_is_new(arrival, last, passwords, None) for arrival in brought)

    return [path for path in inbox_files(home, year) if is_waiting(path)]


def _last_receipts(receipts: Sequence[Receipt], year: int) -> dict[tuple[str, str], Receipt]:
    """The last receipt of every file of a year, by its name and bytes."""
    return {(receipt.file_name, receipt.sha256): receipt for receipt in receipts if receipt.year == year}


def _passwords_for(name: str, passwords: Passwords, names: RosterNames | None) -> tuple[str, ...]:
    return passwords.likely(sorted(names.named(name)) if names else [])


def _is_new(
    arrival: Arrival,
    last: Mapping[tuple[str, str], Receipt],
    passwords: Passwords,
    names: RosterNames | None,
) -> bool:
    """Whether nothing was said of this file yet, or something else would be said of it today."""
    receipt = last.get((arrival.name, arrival.sha256))
    if receipt is None or receipt.reason not in TRIED_AGAIN:
        return receipt is None
    if arrival.refusal or arrival.file_count is not None:
        return arrival.refusal is None or arrival.refusal.reason != receipt.reason
    try:
        open_workbook(arrival.content, _passwords_for(arrival.name, passwords, names))
    except UnreadableWorkbookError as error:
        return error.reason != receipt.reason
    return True


def collect(
    home: Home, declarations: YearDeclarations, *, paths: Sequence[Path] | None = None, clock: Clock = now
) -> list[Receipt]:
    """Archive every new file under its SHA-256 and append a receipt for each; return the new receipts.

    Without `paths` the year's inbox is taken. A file already in the ledger under the same name and bytes is
    passed over, so that collecting twice adds nothing, unless it was locked and a password opens it now. Of a ZIP, every
    file in it gets a receipt too. Files that cannot be read, or are no return of this year, are kept and listed as
    rejected. Raises InputError when a given path does not exist, or a file stands in the place of the inbox;
    DeclarationError for passwords that are not written as they must be.
    """
    expect_home(home)
    passwords = load_passwords(home.passwords)
    files = inbox_files(home, declarations.year) if paths is None else list(_expand(paths))
    ledger = read_ledger(home.ledger)
    desk = _Desk(home, declarations, ledger, passwords, clock().isoformat())
    brought = (
        arrival
        for path in files
        for arrival in _arrivals_of(
            path, _passwords_for(readable_name(path), passwords, desk.names), is_inbox=paths is None
        )
    )
    there = partial(packing_looker, declarations)
    for batch, looks in on_every_core(batches(brought, AT_ONCE), desk.to_look_at, there, desk.looker.look_at):
        desk.take_all(batch, looks)
    receipts = chain(ledger, desk.drafts, Receipt)
    if receipts and read_format(home.root) is None:
        write_format(home)
    append_lines(home.ledger, receipts)
    return receipts


class _Desk:
    """Takes one file after the other, knowing what came before it."""

    def __init__(
        self,
        home: Home,
        declarations: YearDeclarations,
        ledger: Sequence[Receipt],
        passwords: Passwords,
        received_at: str,
    ) -> None:
        self.drafts: list[dict[str, object]] = []
        self._brought: list[Arrival] = []
        self._looks: Looks = {}
        self._home, self._declarations, self._passwords, self._received_at = home, declarations, passwords, received_at
        year = declarations.year
        self.looker = Looker(declarations)
        self._last = _last_receipts(ledger, year)
        self._seen: set[tuple[str, str]] = set()
        self._standing = {code: receipt.sha256 for code, receipt in current_returns(ledger, year).items()}
        self._known = {
            r.sha256: (r.municipality_code or "", r.is_synthetic)
            for r in ledger
            if r.year == year and r.event == "accepted"
        }
        self._is_synthetic_home = next((r.is_synthetic for r in ledger if r.event == "accepted"), None)

    @property
    def names(self) -> RosterNames:
        """What finds municipalities in the names of files."""
        return self.looker.recogniser.names

    def to_look_at(self, batch: Sequence[Arrival]) -> list[File]:
        """The files of a batch that will be looked at, as far as is known before the batches ahead of it are taken."""
        return [self._file(arrival) for arrival in batch if self._is_to_look_at(arrival)]

    def _is_to_look_at(self, arrival: Arrival) -> bool:
        if arrival.refusal or arrival.file_count is not None or arrival.sha256 in self._known:
            return False
        return _is_new(arrival, self._last, self._passwords, self.names)

    def _file(self, arrival: Arrival) -> File:
        passwords = _passwords_for(arrival.name, self._passwords, self.names)
        return File(arrival.name, arrival.sha256, arrival.content, passwords)

    def take_all(self, batch: Sequence[Arrival], looks: Looks) -> None:
        """Keep the files of a batch and write down what they are, with the looks at those that are known by now."""
        self._looks = looks
        for arrival in batch:
            self.take(arrival)

    def take(self, arrival: Arrival) -> None:
        """Keep a file and write down what it is, unless that is known."""
        key = arrival.name, arrival.sha256
        if key in self._seen or not _is_new(arrival, self._last, self._passwords, self.names):
            return
        self._seen.add(key)
        target = self._home.archived(arrival.sha256)
        # Where the archive has lost these bytes, they have come again.
        if not target.exists() or sha256_file(target) != arrival.sha256:
            write_atomically(target, arrival.content)
        self.drafts.append({
            "received_at": self._received_at, "year": self._declarations.year, "file_name": arrival.name,
            "sha256": arrival.sha256, "size": arrival.size, **self._judged(arrival),
        })  # fmt: skip
        brought, self._brought = self._brought, []
        for row in brought:
            self.take(row)

    def _judged(self, arrival: Arrival) -> dict[str, object]:
        if arrival.file_count is not None:
            message = f"ZIPファイルから{arrival.file_count}件のファイルを取り出しました。"
            return {"event": "unpacked", "message": message, "format": "zip"}
        known = self._known.get(arrival.sha256)
        # A return that was withdrawn counts again when it is sent again.
        if arrival.refusal is None and known and known[0] in self._standing:
            return self._duplicate(arrival.sha256)
        if arrival.refusal:
            return _rejected(arrival.refusal)
        file = self._file(arrival)
        look = self._looks.get((file.name, file.sha256)) or self.looker.look(file)
        if look.reply is not None:
            return look.reply
        if look.is_table:
            return self._unpacked(file, look)
        refusal = look.refusal or self._mixing(look.identity)
        if refusal:
            return _rejected(refusal)
        assert look.identity
        return self._accepted(file, look, look.identity)

    def _accepted(self, file: File, look: Look, identity: Identity) -> dict[str, object]:
        self._is_synthetic_home = identity.is_synthetic
        if look.packed:
            keep_packed(file.sha256, file.passwords, look.packed)
        supersedes = self._standing.get(identity.code)
        self._standing[identity.code] = file.sha256
        self._known[file.sha256] = identity.code, identity.is_synthetic
        return {
            "event": "accepted", "municipality_code": identity.code, "is_synthetic": identity.is_synthetic,
            "supersedes": supersedes, "evidence": identity.evidence, "format": look.format, "notes": look.notes,
        }  # fmt: skip

    def _unpacked(self, file: File, look: Look) -> dict[str, object]:
        """What is said of a table; its rows are taken after it."""
        workbook = open_workbook(file.content, file.passwords)
        table = self.looker.table(workbook)
        assert table
        self._brought = list(row_arrivals(file.name, workbook, table, self._declarations))
        taken = f"回答の一覧表から{len(table.rows)}件の回答を取り出しました。"
        lacking = tell_lacking_rows(table, self._declarations)
        return {
            "event": "unpacked", "reason": ROWS_LACKING if lacking else None, "message": f"{taken}{lacking}",
            "format": look.format, "notes": look.notes,
        }  # fmt: skip

    def _duplicate(self, sha256: str) -> dict[str, object]:
        code, is_synthetic = self._known[sha256]
        is_standing = self._standing.get(code) == sha256
        return {
            "event": "duplicate", "municipality_code": code, "is_synthetic": is_synthetic,
            "reason": "same-bytes" if is_standing else "superseded-bytes",
            "message": "受付済みの回答と同一のファイルです。" if is_standing else SENT_AGAIN,
        }  # fmt: skip

    def _mixing(self, identity: Identity | None) -> Refusal | None:
        if identity is None or self._is_synthetic_home in (None, identity.is_synthetic):
            return None
        cell = f"{IDENTITY_SHEET}!{IDENTITY_CELLS['synthetic']}"
        return Refusal("mixes-demo-and-real", MIXED[identity.is_synthetic], cell, identity.code)


def _rejected(refusal: UnreadableWorkbookError | RejectedReturnError | Refusal) -> dict[str, object]:
    return {
        "event": "rejected", "reason": refusal.reason, "message": refusal.message,
        "cell": getattr(refusal, "cell", None), "municipality_code": getattr(refusal, "code", None),
    }  # fmt: skip


def _expand(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted((p for p in path.rglob("*") if p.is_file() and not is_temporary(p)), key=_age)
        elif path.is_file():
            yield path
        else:
            raise InputError(reference="no-such-file", where=str(path), fix="give a file or folder that exists")
