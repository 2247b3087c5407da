"""No value read that is not in the file: what the product read, held beside what a witness finds in the same bytes."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

from pipeline.japanese import normalise
from tests.fuzz.examine import Reading, answer_texts
from tests.fuzz.packages import scanned_parts
from tests.fuzz.seeds import PASSWORD
from tests.fuzz.witness import OLD, Witness, _float, squeezed

_EPOCHS = (datetime(1899, 12, 30), datetime(1904, 1, 1))  # noqa: DTZ001 - days of a calendar, at no place
_LAST_SERIAL, _FIRST_OF_MARCH = 693_000, 61
_OWN = ("（文字なし）", "非表示", "（オン）", "（オフ）", "（数式の内容は.xlsでは読み取れません）", "")
"""Words of the product in remarks, for what has none."""
_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
"""An .xls has a number for each."""
_TRUTHS = {"TRUE": ("1", "true", "TRUE", "True"), "FALSE": ("0", "false", "FALSE", "False")}
_DAY = re.compile(r"(\d{1,4})-(\d\d)-(\d\d)")
_WORD = re.compile(r"（[^）]*）|[^\W\d]+|\d+")
_DIGITS = re.compile(r"\d+")


def invented(content: bytes, reading: Reading) -> list[str]:
    """What was read that does not stand in the file, as sentences; empty where all of it does."""
    known = dict(reading.archived.items())
    brought = {hashlib.sha256(one).hexdigest() for one in _brought(content)}
    rows = {receipt.sha256 for receipt in reading.receipts if receipt.file_name.endswith("行目")} - brought
    faults = [f"bytes {digest[:12]} that the file does not hold" for digest in known if digest not in brought | rows]
    faults += [fault for digest in sorted(rows & known.keys()) for fault in added_to_row(content, known[digest])]
    witnesses = {digest: Witness(_unlocked(one)) for digest, one in known.items()}
    for row in reading.tables["cells"].filter(reading.tables["cells"]["text"] != "").to_dicts():
        witness = witnesses[row["return_id"]]
        if not _is_witnessed(witness, row["sheet"], row["address"], row["kind"], row["text"]):
            faults.append(f"{row['sheet']}!{row['address']} ({row['kind']}): {row['text'][:60]!r}")
    faults += [
        f"answer {answer['answer_id']}: {told}"
        for answer in answer_texts(reading.tables)
        if (told := _unfounded(answer))
    ]
    for event in reading.events:
        if event.event == "answered":
            witness = witnesses[event.sheet]
            said = (event.value, event.reason, event.person)
            faults += [
                f"reply {event.query_id}: {text[:60]!r}"
                for text in said
                if text and not _stands_anywhere(witness, text)
            ]
    return faults


def added_to_row(content: bytes, row: bytes) -> Iterator[str]:
    """What a row that was taken out of a table holds, and the file with the table does not."""
    table = Witness(content)
    for line in csv.reader(StringIO(row.decode("utf-8-sig"), newline="")):
        # A remark on a cell stands behind the row, with its place before it.
        yield from (
            f"row of a table: {text[:60]!r}" for text in line
            if not _stands_anywhere(table, text) and not all(squeezed(word) in table.words for word in _WORD.findall(text))
        )  # fmt: skip


def _brought(content: bytes) -> Iterator[bytes]:
    """The file, whatever lies in it where it is a ZIP, and in ZIPs in that."""
    yield content
    for _, part in scanned_parts(content):
        yield part
        if part.startswith(b"PK"):
            yield from (inner for _, inner in scanned_parts(part))


def _unlocked(content: bytes) -> bytes:
    if not content.startswith(OLD) or "EncryptedPackage".encode("utf-16-le") not in content:
        return content
    import msoffcrypto

    target = BytesIO()
    file = msoffcrypto.OfficeFile(BytesIO(content))
    file.load_key(password=PASSWORD)
    file.decrypt(target)
    return target.getvalue()


def _is_witnessed(witness: Witness, sheet: str, address: str, kind: str, text: str) -> bool:
    """Whether a cell's text stands in that cell or, of a remark, which has no cell, anywhere."""
    if kind == "remark":
        # Codes for fonts and page numbers are left out of the middle of a word, and texts are joined with marks of the product.
        return text in _OWN or all(word in _OWN or squeezed(word) in witness.words for word in _WORD.findall(text))
    if kind in ("error", "uncached_formula") and (text in ("#ERROR", "=") or (witness.is_old and text in _ERRORS)):
        return True
    found = witness.cells.get((sheet, address))
    if found is None:
        return _stands_anywhere(witness, text)
    return any(_is_same(text, one) for one in found)


def _is_same(text: str, written: str) -> bool:
    if text == written or squeezed(text) == squeezed(written) or written in _TRUTHS.get(text, ()):
        return True
    number = _float(written.strip())
    if number == _float(text) or (number != number and text == "nan"):
        return True
    return number == number and _is_moment(text, number)


def _is_moment(text: str, number: float) -> bool:
    """Whether a text is the day, the moment or the time that a number counts from 1900 or 1904."""
    if not -_LAST_SERIAL < number < _LAST_SERIAL or not ("-" in text or ":" in text):
        return False
    near = [timedelta(seconds=seconds) for seconds in (-1, 0, 1)]
    if "-" not in text:
        return text[:8] in {str(timedelta(days=number % 1) + s).rjust(8, "0")[:8] for s in near} or text.partition(".")[
            0
        ] in {str(timedelta(seconds=round(number * 86_400)) + s) for s in near}
    # Excel counts a day that there was not, the 29th of February 1900.
    days = (0, 1) if number < _FIRST_OF_MARCH else (0,)
    moments = {epoch + timedelta(days=number + day) + s for epoch in _EPOCHS for day in days for s in near}
    midnight = text if "T" in text or " " in text else f"{text}T00:00:00"
    return midnight.replace(" ", "T")[:19] in {moment.isoformat()[:19] for moment in moments}


def _stands_anywhere(witness: Witness, text: str) -> bool:
    wanted = squeezed(text)
    if not wanted or wanted in witness.words or text in ("TRUE", "FALSE"):
        return True
    number = _float(text)
    if number == number:
        return witness.has_number(number)
    if _DAY.match(text) or re.match(r"\d\d:\d\d", text):
        return any(_is_moment(text, one) for one in witness.numbers) or _has_serial(witness, text)
    return False


def _has_serial(witness: Witness, text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return any(witness.has_number((moment.replace(tzinfo=None) - epoch) / timedelta(days=1)) for epoch in _EPOCHS)


def _unfounded(answer: dict[str, Any]) -> str:
    """Why an answer does not follow from the texts of its cells; empty where it may."""
    texts = [normalise(text) for text in answer["texts"]]
    filled = [text for text in texts if text]
    if not filled:
        return "answered, but its cells are blank"
    number, day, text = answer["value_number"], answer["value_date"], answer["value_text"]
    if number is not None and not any(_digits_of(one) == abs(number) for one in filled):
        return f"{number} out of {filled}"
    if day is not None and not any(_may_be(day, one) for one in filled):
        return f"{day} out of {filled}"
    if text is not None and not any(squeezed(text) == squeezed(one) for one in answer["texts"]):
        return f"{text[:60]!r} out of other words"
    return ""


def _digits_of(text: str) -> float:
    match = re.search(r"\d+(?:\.\d+)?", text.replace(",", ""))
    return _float(match.group()) if match else float("nan")


def _may_be(day: date, text: str) -> bool:
    """Whether month and day stand in a text, in their order."""
    numbers = [int(number) for number in _DIGITS.findall(text)]
    return f"{day:%Y%m%d}" in text or [day.month, day.day] in [numbers[i : i + 2] for i in range(len(numbers))]
