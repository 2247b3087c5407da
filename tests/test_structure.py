"""The rooms of the house: imports run one way, files stay short, and what is public tells what it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT
from tests.support.source_tree import (
    backward_imports,
    foreign_imports,
    import_cycles,
    long_files,
    read_imports,
    room_of,
    untold_functions,
    untold_packages,
)

HOUSE = ["schemas", "pipeline"]
STAGES: list[set[str]] = [
    {"workbooks"}, {"forms"}, {"collect"}, {"read"}, {"queries"}, {"demo"}, {"validate"}, {"macro"}, {"localise"}, {"rulebook"}, {"chase"},
    {"warehouse"}, {"check"}, {"publish"}, {"observe"}, {"run"},
    {"audit"}, {"reconcile"}, {"upgrade"}, {"backup"}, {"orchestration"}, {"commands"}, {"definitions", "cli", "demo_run"},
]  # fmt: skip
"""A room may import those before it, and the plain modules directly in `pipeline/`, which import no room."""
ONLY_FROM = {
    "definitions": {"pipeline.orchestration.execute", "pipeline.demo_run"}, "cli": set[str](), "demo_run": set[str](),
}  # fmt: skip


def test_declarations_know_nothing_of_the_pipeline() -> None:
    assert foreign_imports(read_imports(PROJECT_ROOT, HOUSE), "schemas") == []


def test_every_stage_imports_only_what_comes_before_it() -> None:
    assert backward_imports(read_imports(PROJECT_ROOT, ["pipeline"]), STAGES, ONLY_FROM) == []


def test_every_package_has_its_place_in_the_order() -> None:
    packages = {path.parent.name for path in (PROJECT_ROOT / "pipeline").glob("*/__init__.py")}
    assert packages <= {room for rooms in STAGES for room in rooms}


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert import_cycles(read_imports(PROJECT_ROOT, HOUSE)) == []


def test_no_file_is_longer_than_one_reads_in_one_go() -> None:
    assert long_files(PROJECT_ROOT, [*HOUSE, "tests"]) == []


def test_every_package_says_what_belongs_there() -> None:
    assert untold_packages(PROJECT_ROOT, HOUSE) == []


def test_every_public_function_has_types_and_says_what_it_does() -> None:
    assert untold_functions(PROJECT_ROOT, HOUSE) == []


# The finders themselves, on a house with faults.


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    files = {
        "pipeline/__init__.py": '"""A house."""\n',
        "pipeline/ground.py": "def later() -> None:\n    '''Look up.'''\n    from pipeline.second import tool\n",
        "pipeline/first/__init__.py": "",
        "pipeline/first/step.py": "import pipeline.second.tool\nfrom pipeline import ground\nimport json\n",
        "pipeline/second/__init__.py": f'"""{"line" + chr(10) * 9}end"""\n',
        "pipeline/second/tool.py": "from pipeline.first.step import x\nfrom pipeline import cli\n",
        "pipeline/cli.py": "from pipeline.second import tool\n",
        "schemas/model.py": "from pipeline.ground import later\n",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_an_import_of_a_later_room_is_found_also_inside_a_function(fake: Path) -> None:
    imports = read_imports(fake, ["pipeline"])
    found = backward_imports(imports, [{"first"}, {"second"}, {"cli"}], {"cli": set()})
    told = [" ".join(fault.split()[:3]).rstrip(",") for fault in found]
    assert told == [
        "pipeline.first.step imports pipeline.second.tool", "pipeline.ground imports pipeline.second.tool",
        "pipeline.second.tool imports pipeline.cli",
    ]  # fmt: skip


def test_rooms_in_one_place_of_the_order_do_not_import_one_another() -> None:
    imports = {"pipeline.first.step": {"pipeline.second.tool"}, "pipeline.second.tool": {"pipeline.first.step"}}
    assert len(backward_imports(imports, [{"first", "second"}], {})) == 2
    assert room_of("pipeline") == ""


def test_declarations_that_import_the_pipeline_are_found(fake: Path) -> None:
    (fault,) = foreign_imports(read_imports(fake, HOUSE), "schemas")
    assert fault.startswith("schemas.model imports pipeline.ground")


def test_a_ring_of_imports_is_found() -> None:
    imports = {"a": {"b"}, "b": {"c", "e"}, "c": {"a"}, "d": {"a"}, "e": {"f"}, "f": {"e"}}
    assert import_cycles(imports) == [["a", "b", "c"], ["e", "f"]]


def test_a_long_file_and_a_package_without_a_word_or_with_too_many_are_found(fake: Path) -> None:
    (fake / "pipeline" / "ground.py").write_text("x = 1\n" * 401, encoding="utf-8")
    assert long_files(fake, HOUSE) == ["pipeline/ground.py has 401 lines: split it"]
    told = [fault.split(":")[0] for fault in untold_packages(fake, HOUSE)]
    assert told == ["pipeline/first/__init__.py", "pipeline/second/__init__.py"]


def test_public_functions_without_docstring_or_types_are_found_and_private_ones_left_alone(fake: Path) -> None:
    (fake / "pipeline" / "ground.py").write_text(
        "def bare(a, *, b: int, **c): pass\n"
        "def _own(a): pass\n"
        "class Thing:\n"
        "    def told(self, a: int) -> None:\n        '''Said.'''\n"
        "    def mute(self, *a: int) -> None: pass\n"
        "    @staticmethod\n    def plain(a) -> None:\n        '''Said.'''\n"
        "class _Hidden:\n    def mute(self, a): pass\n",
        encoding="utf-8",
    )
    assert untold_functions(fake, ["pipeline"]) == [
        "pipeline/ground.py:1, bare: no docstring", "pipeline/ground.py:1, bare: no type for a, c, result",
        "pipeline/ground.py:6, Thing.mute: no docstring", "pipeline/ground.py:8, Thing.plain: no type for a",
    ]  # fmt: skip


def test_a_house_without_a_file_is_no_house_in_order(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="schemas"):
        read_imports(tmp_path, HOUSE)
