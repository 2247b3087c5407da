"""Changes to what a package says, not to how it is written: elements, attributes, references, parts. The XML stays well-formed."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from lxml import etree

from tests.fuzz.mutate_bytes import changed_bytes, changed_text
from tests.fuzz.mutate_texts import TEXTS
from tests.fuzz.packages import Parts, package_of, parts_of

ODD = (
    "", "0", "-1", "1", "2", "00", "1.5", "NaN", "-INF", "inf", "1e309", "1e-400", "-0", "99999999999999999999", "2147483648",
    "4294967295", "65536", "1048577", "16385", "A0", "A1", "XFD1048576", "A1:XFD1048576", "ZZZZ9", "C7:B2", "R1C1", "true", "FALSE",
    "s", "e", "b", "str", "d", "inlineStr", "２", "٣", "#REF!", "○", "\u200b", "\U0001f600", " ", "../../x", "http://a.invalid/",
)  # fmt: skip
"""What stands where something else belongs."""
_WRITTEN = (".xml", ".rels", ".vml")
_SHEETS = re.compile(r"worksheets/sheet\d+\.xml$|^content\.xml$")
_DEEP = 3_000


def changed_members(content: bytes, random: Random) -> bytes:
    """A package in which the bytes of one or two parts are changed."""
    parts = parts_of(content)
    for _ in range(random.choice((1, 1, 2))):
        index = _pick(parts, random)
        parts[index] = parts[index][0], changed_text(parts[index][1], random)
    return package_of(parts)


def changed_structure(content: bytes, random: Random) -> bytes:
    """A package with one to three changes to the elements of its parts, or to the parts themselves."""
    parts = parts_of(content)
    for _ in range(random.choice((1, 1, 2, 3))):
        index = _pick(parts, random)
        name, text = parts[index]
        if not name.endswith(_WRITTEN) or not text:
            continue
        if random.random() < 0.12:
            parts = random.choice(PARTS)(parts, index, random)
        elif random.random() < 0.12:
            parts[index] = name, random.choice(TEXTS)(text, random)
        else:
            parts[index] = name, changed_tree(text, random)
    return package_of(parts) if parts else b""


def changed_returns(content: bytes, random: Random) -> bytes:
    """A ZIP of returns in which one of them is changed, or its name."""
    parts = parts_of(content)
    index = random.randrange(len(parts))
    name, text = parts[index]
    if random.random() < 0.2:
        odd = (
            "../x.xlsx",
            "/x.xlsx",
            "C:x.xlsx",
            "a" * 300 + ".xlsx",
            "x.zip",
            "\u202exlsx.exe",
            parts[0][0],
            "",
            "回答\0.xlsx",
            "~$x.xlsx",
        )
        name = random.choice(odd)
    if text.startswith(b"PK"):
        text = random.choice((changed_members, changed_structure, changed_bytes))(text, random)
        text = package_of([("中/x.xlsx", text)]) if random.random() < 0.1 else text
    else:
        text = changed_bytes(text, random)
    return package_of([*parts[:index], (name, text), *parts[index + 1 :]])


def _pick(parts: Parts, random: Random) -> int:
    """A part, a sheet with its cells as often as not."""
    sheets = [index for index, (name, _) in enumerate(parts) if _SHEETS.search(name)]
    return random.choice(sheets) if sheets and random.random() < 0.5 else random.randrange(len(parts))


def changed_tree(text: bytes, random: Random) -> bytes:
    """XML with a change to one of its elements; text that is no XML as it is."""
    try:
        root = etree.fromstring(text, etree.XMLParser(resolve_entities=False, huge_tree=True))
    except etree.XMLSyntaxError:
        return text
    random.choice(TREES)(root, random)
    changed: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return changed


def _elements(root: Any, *names: str) -> list[Any]:
    found = [one for one in root.iter() if isinstance(one.tag, str) and one is not root]
    own = [one for one in found if etree.QName(one).localname in names] if names else found
    return own or found or [root]


def _drop(root: Any, random: Random) -> None:
    element = random.choice(_elements(root))
    if element.getparent() is not None:
        element.getparent().remove(element)


def _duplicate(root: Any, random: Random) -> None:
    element = random.choice(_elements(root))
    if element is not root:
        for _ in range(random.choice((1, 1, 1, 2, 40))):
            element.addnext(deepcopy(element))


def _move(root: Any, random: Random) -> None:
    first, second = random.choice(_elements(root)), random.choice(_elements(root))
    if first is not second and second not in first.iterdescendants():
        second.append(first)


def _attribute(root: Any, random: Random) -> None:
    having = [one for one in _elements(root) if one.attrib]
    if having:
        element = random.choice(having)
        element.set(random.choice(sorted(element.attrib)), _odd(random))


def _lose_attribute(root: Any, random: Random) -> None:
    having = [one for one in _elements(root) if one.attrib]
    if having:
        element = random.choice(having)
        del element.attrib[random.choice(sorted(element.attrib))]


def _text(root: Any, random: Random) -> None:
    random.choice(_elements(root, "v", "t", "f", "p")).text = _odd(random)


def _rename(root: Any, random: Random) -> None:
    element, other = random.choice(_elements(root)), random.choice(_elements(root))
    element.tag = other.tag


def _place(root: Any, random: Random) -> None:
    """A cell or row at another place, often where one stands already, or far away."""
    element = random.choice(_elements(root, "c", "row", "table-cell"))
    if etree.QName(element).localname == "row":
        element.set("r", random.choice(("1", "2", "1048576", "1048577", "0", "-3", str(random.randrange(60)))))
    else:
        far = (
            "A1",
            "XFD1",
            "A1048576",
            "XFE1",
            "AAAA1",
            "A99999999999",
            "C7",
            "c8",
            "$C$9",
            "C",
            "7",
            "C07",
            f"D{random.randrange(1, 60)}",
        )
        element.set("r", random.choice(far))


def _shared(root: Any, random: Random) -> None:
    """A cell that shows another shared string, or one that is not there."""
    cells = [one for one in _elements(root, "c") if one.get("t") == "s" and len(one)]
    if cells:
        random.choice(cells)[-1].text = random.choice(("-1", "0", "1", "7", "99999", "1.0", "1e1", " 2 ", "", "４"))


def _kind(root: Any, random: Random) -> None:
    element = random.choice(_elements(root, "c"))
    element.set("t", random.choice(("s", "n", "b", "e", "str", "inlineStr", "d", "x", "")))


def _style(root: Any, random: Random) -> None:
    random.choice(_elements(root, "c", "row", "xf")).set("s", random.choice(("-1", "9999", "1.5", "x", "0", "3", "20")))


def _styles_gone(root: Any, random: Random) -> None:
    for element in _elements(root, "xf", "font", "fill", "numFmt", "style")[:: random.choice((1, 2, 7))]:
        if element.getparent() is not None:
            element.getparent().remove(element)


def _merges(root: Any, random: Random) -> None:
    """Merged areas that are huge, many, reversed or no areas."""
    name = next((f"{{{ns}}}" for ns in root.nsmap.values() if ns and "spreadsheetml" in ns), "")
    area = random.choice(
        ("A1:XFD1048576", "C7:C12", "A1:A1", "C9:B2", "XFE1:XFF2", "A0:B1", "A1:B99999999999", "A:C", "x")
    )
    holder = etree.SubElement(root, f"{name}mergeCells")
    for _ in range(random.choice((1, 1, 3_000))):
        etree.SubElement(holder, f"{name}mergeCell").set("ref", area)


def _repeats(root: Any, random: Random) -> None:
    """A cell or row of an .ods that is there very often, or spans very much."""
    namespace = root.nsmap.get("table")
    if namespace is None:
        return _attribute(root, random)
    element = random.choice(_elements(root, "table-cell", "table-row", "table-column"))
    name = random.choice(
        ("number-columns-repeated", "number-rows-repeated", "number-columns-spanned", "number-rows-spanned")
    )
    element.set(
        f"{{{namespace}}}{name}", random.choice(("2", "60", "1000", "500000", "1048577", "-1", "0", "9" * 25, "1e3"))
    )
    return None


def _nest(root: Any, random: Random) -> None:
    element = random.choice(_elements(root))
    for _ in range(random.choice((10, _DEEP))):
        element = etree.SubElement(element, element.tag)


Tree = Callable[[Any, Random], None]
TREES: tuple[Tree, ...] = (
    _drop, _duplicate, _move, _attribute, _attribute, _lose_attribute, _text, _rename, _place, _shared, _kind, _style, _styles_gone,
    _merges, _repeats, _nest,
)  # fmt: skip


def _odd(random: Random) -> str:
    return random.choice(ODD) if random.random() < 0.95 else "長" * 40_000


def _drop_part(parts: Parts, index: int, random: Random) -> Parts:
    return parts[:index] + parts[index + 1 :]


def _twice(parts: Parts, index: int, random: Random) -> Parts:
    name, text = parts[index]
    other = random.choice((name, name.upper(), f"/{name}", name.replace("/", "\\"), f"x/{name}"))
    return [*parts, (other, changed_tree(text, random))]


def _rename_part(parts: Parts, index: int, random: Random) -> Parts:
    name, text = parts[index]
    return [
        *parts[:index],
        (random.choice((name.upper(), f"../{name}", f"{name}.bak", "mimetype")), text),
        *parts[index + 1 :],
    ]


def _swap_parts(parts: Parts, index: int, random: Random) -> Parts:
    other = random.randrange(len(parts))
    swapped = list(parts)
    swapped[index], swapped[other] = (parts[index][0], parts[other][1]), (parts[other][0], parts[index][1])
    return swapped


Part = Callable[[Parts, int, Random], Parts]
PARTS: tuple[Part, ...] = (_drop_part, _twice, _rename_part, _swap_parts)
