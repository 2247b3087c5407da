"""Changes to XML as a text: entities, encodings, namespaces, and what stands between elements."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_ROOT = re.compile(rb"<(?![?!])")


def _entity(text: bytes, random: Random) -> bytes:
    told = random.choice((
        b'<!DOCTYPE x [<!ENTITY y "z">]>', b'<!DOCTYPE x SYSTEM "file:///etc/hostname">', b"<!DOCTYPE x>",
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>',
    ))  # fmt: skip
    match = _ROOT.search(text)
    start = match.start() if match else 0
    used = text[start:].replace(b"<v>", b"<v>&y;", 1) if random.random() < 0.5 else text[start:]
    return text[:start] + told + used


def _encoding(text: bytes, random: Random) -> bytes:
    code = random.choice(("UTF-16", "Shift_JIS", "EUC-JP", "UTF-7", "x-none", "ascii"))
    written = re.sub(rb'encoding="[^"]*"', b'encoding="%s"' % code.encode(), text, count=1)
    if code in ("x-none", "ascii", "UTF-7") or random.random() < 0.5:
        return written
    return written.decode("utf-8", "replace").encode(code, "replace")


def _namespace(text: bytes, random: Random) -> bytes:
    strict = (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    return text.replace(*strict) if random.random() < 0.7 else re.sub(rb'xmlns(:\w+)?="', b'xmlns\\1="x', text, count=1)


def _comments(text: bytes, random: Random) -> bytes:
    inside = random.choice(
        (b"<!-- <c r='A1'><v>1</v></c> -->", b"<![CDATA[1]]>", b"<?x y?>", b"&#0;", b"&#xD800;", b"&#x1;", b"&nbsp;")
    )
    places = [match.end() for match in re.finditer(rb">", text)]
    place = random.choice(places) if places else 0
    return text[:place] + inside + text[place:]


Text = Callable[[bytes, Random], bytes]
TEXTS: tuple[Text, ...] = (_entity, _encoding, _namespace, _comments)
