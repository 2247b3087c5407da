"""One file of the plan from its kind and number: which seed it is made of, and what is done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from tests.fuzz.contents import BATCH, drawn_batch, with_contents
from tests.fuzz.mutate_bytes import changed_bytes, changed_text, strange_bytes
from tests.fuzz.mutate_records import changed_records
from tests.fuzz.mutate_structure import changed_members, changed_returns, changed_structure
from tests.fuzz.seeds import Seed, Seeds

CHANGES: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "bytes": changed_bytes,
    "text": changed_text,
    "members": changed_members,
    "structure": changed_structure,
    "returns": changed_returns,
    "records": changed_records,
    "strange": strange_bytes,
}
CONTENTS = "contents"


def made(seeds: Seeds, plan: Mapping[str, Any], kind: str, number: int) -> Seed:
    """The file of this kind and number. The same arguments give the same bytes."""
    told = plan["kinds"][kind]
    random = Random(f"{plan['seed']} {kind} {number}")  # noqa: S311
    seed = random.choice(seeds.by_format[random.choice(told["seeds"])])
    if told["change"] == CONTENTS:
        seed = seeds.by_format["xlsx"][0]
        batch = drawn_batch(plan["seed"] + number // BATCH, len(seeds.slots.places))
        return Seed(seed.home, seed.name, with_contents(seed.content, seeds.slots, batch[number % len(batch)]))
    return Seed(seed.home, seed.name, CHANGES[told["change"]](seed.content, random))
