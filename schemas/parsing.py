"""A declaration checked against its model: every complaint names file, line and key, and says in words what is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.errors import DeclarationError, raise_all
from schemas.labels import PATTERNS
from schemas.yaml_source import KeyPath, YamlDocument, shorten

ModelT = TypeVar("ModelT", bound=BaseModel)
KEYS = "the documentation's page 'The keys of declarations' has every key with its meaning"
EXPECTED = {
    "missing": "this key",
    "extra_forbidden": "no key of this name",
    "string_type": "text, in quotation marks where it looks like a number or a date",
    "string_too_short": "a text that is not empty",
    "tuple_type": "a list",
    "too_short": "at least one entry",
    "model_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "date_type": "a day without quotation marks and time, as 2024-09-30",
    "int_type": "a whole number",
    "bool_type": "true or false",
}
"""What pydantic expects, by the kind of its complaint, in our words."""


def parse_model(document: YamlDocument, model: type[ModelT]) -> ModelT:
    """Validate the document against a model. Raises DeclarationError for every complaint."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise_all([_fault(document, detail) for detail in _causes(error.errors())])
        raise


def _causes(details: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Without the complaints about a list or mapping that only follow from those about what is in it."""
    for detail in details:
        place = detail["loc"]
        if not any(len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in details):
            yield detail


def _fault(document: YamlDocument, detail: Mapping[str, Any]) -> DeclarationError:
    is_missing = detail["type"] == "missing"
    return DeclarationError(
        reference="invalid-declaration",
        where=f"{document.where(_place(detail['loc']))}, key '{_dotted(document, detail['loc'])}'",
        found="" if is_missing else shorten(detail.get("input")),
        expected=_expected(detail),
        fix=f"write the key; {KEYS}" if is_missing else f"correct it; {KEYS}",
    )


def _expected(detail: Mapping[str, Any]) -> str:
    if detail["type"] == "string_pattern_mismatch":
        return PATTERNS[detail["ctx"]["pattern"]]
    return EXPECTED.get(detail["type"], str(detail["msg"]))


def _place(location: tuple[str | int, ...]) -> KeyPath:
    return tuple(location)


def _dotted(document: YamlDocument, location: tuple[str | int, ...]) -> str:
    """Name list members by their id, since ids survive reordering and indexes do not."""
    words: list[str] = []
    node: Any = document.data
    for part in location:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            node = None
        is_named = isinstance(part, int) and isinstance(node, dict) and "id" in node
        words.append(f"[{node['id']}]" if is_named and isinstance(node, dict) else str(part))
    return ".".join(words)
