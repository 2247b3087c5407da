"""dbt in this process: the manifest, parsed once and kept; and a build with its results."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_cache_path

from pipeline.home import write_atomically
from pipeline.process import environment
from pipeline.warehouse.data_tests import data_test_statement
from pipeline.warehouse.dbt_page import static_page
from pipeline.warehouse.engines import DUCKDB, SPARK, Engine
from schemas.bundle import IS_INSTALLED, PROJECT_ROOT
from schemas.errors import DeclarationError, InputError
from schemas.survey import Survey

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
DERIVED = user_cache_path("kyogikai", appauthor=False) / "dbt" if IS_INSTALLED else DBT_PROJECT / "target"
"""Where dbt keeps what it derives; an installed product writes nothing beside itself."""
GENERIC_FOLDERS = (
    "models/staging",
    "models/intermediate",
    "models/figures",
    "models/analysis",
    "macros",
    "tests",
)
"""What of the dbt project is the same for every survey."""
WAREHOUSE_VARIABLE = "KYOGIKAI_WAREHOUSE_BUILD"
SPARK_VARIABLE = "KYOGIKAI_SPARK_FOLDER"
SCHEMA_VARIABLE = "KYOGIKAI_SPARK_SCHEMA"
TAKEN = "taken_from"
"""dbt's variable that names the folder from which the models' rows are taken, in place of computing them."""
SECTIONS = "models/sections"
"""What of the dbt project is the survey's own."""
QUIET = ("--quiet", "--no-print", "--no-use-colors", "--log-level", "none", "--log-level-file", "none")


@dataclass(frozen=True)
class NodeResult:
    """What became of one model or test. `failure_count` counts failing rows of a test, `statement` says what it asks."""

    unique_id: str
    name: str
    kind: str
    status: str
    failure_count: int
    message: str
    seconds: float
    compiled_sql: str
    statement: str = ""

    @property
    def is_success(self) -> bool:
        """True for a built model and a passed test."""
        return self.status in ("success", "pass")


def project_fingerprint(survey: Survey) -> str:
    """SHA-256 over the dbt project, the survey's section models and dbt's version."""
    digest = hashlib.sha256(version("dbt-core").encode())
    folders = [DBT_PROJECT / name for name in (*GENERIC_FOLDERS, "docs")]
    files = [DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"]
    for folder in [*folders, survey.section_models]:
        files += sorted(path for path in folder.rglob("*") if path.suffix in (".sql", ".yml", ".md"))
    for path in files:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def target_folder(survey: Survey, engine: Engine = DUCKDB) -> Path:
    """Where dbt keeps what it derives for one survey; can be deleted at any time. Surveys that link to the same models share it."""
    places = f"{DBT_PROJECT}\n{survey.section_models.resolve()}"
    folder = DERIVED / hashlib.sha256(places.encode()).hexdigest()[:8]
    return folder if engine == DUCKDB else folder / engine


def project_folder(survey: Survey) -> Path:
    """The dbt project of a survey: the generic models and the survey's own sections, which may lie anywhere.

    dbt asks for all models below one folder, and writes what it compiles at the same relative path. So the project of another
    survey is a folder of links.
    """
    sections = survey.section_models.resolve()
    if sections == DBT_PROJECT / SECTIONS:
        return DBT_PROJECT
    folder = target_folder(survey) / "project"
    parts = {name: DBT_PROJECT / name for name in ("dbt_project.yml", "docs", *GENERIC_FOLDERS)}
    for name, original in {**parts, SECTIONS: sections}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            (folder / name).symlink_to(original)
    return folder


def manifest_path(survey: Survey) -> Path:
    """Path of an up-to-date `manifest.json`, parsed first where it is missing or stale."""
    path = target_folder(survey) / "manifest.json"
    if not (path.exists() and _kept_manifest(survey, project_fingerprint(survey)).exists()):
        load_manifest(survey)
    return path


def manifest_nodes(survey: Survey) -> list[dict[str, Any]]:
    """The models and data tests of the manifest as data; dbt itself is loaded only where a file of the project has changed."""
    return _manifest_nodes(survey, project_fingerprint(survey))


@lru_cache(maxsize=4)
def _manifest_nodes(survey: Survey, fingerprint: str) -> list[dict[str, Any]]:
    return list(json.loads(manifest_path(survey).read_bytes())["nodes"].values())


def _kept_manifest(survey: Survey, fingerprint: str, engine: Engine = DUCKDB) -> Path:
    return target_folder(survey, engine) / f"manifest-{fingerprint[:16]}.msgpack"


def load_manifest(survey: Survey, engine: Engine = DUCKDB) -> Any:
    """Return dbt's manifest of the project; it is parsed only when a file of the project has changed."""
    fingerprint = project_fingerprint(survey)
    if engine == SPARK:
        schema = os.environ.get(SCHEMA_VARIABLE, "")
        fingerprint = hashlib.sha256(f"{fingerprint} {schema}".encode()).hexdigest()
    return _load_manifest(survey, fingerprint, engine)


@lru_cache(maxsize=4)
def _load_manifest(survey: Survey, fingerprint: str, engine: Engine) -> Any:
    from dbt.contracts.graph.manifest import Manifest

    folder = target_folder(survey, engine)
    folder.mkdir(parents=True, exist_ok=True)
    cached = _kept_manifest(survey, fingerprint, engine)
    # dbt writes its JSON in place, so that two processes that parse at once would leave a mixture of both.
    with FileLock(folder / ".parse.lock"):
        if cached.exists() and (folder / "manifest.json").exists():
            return Manifest.from_msgpack(cached.read_bytes())
        result = _invoke(survey, ["parse"], warehouse=None, manifest=None, engine=engine)
        for old in folder.glob("manifest-*.msgpack"):
            old.unlink()
        write_atomically(cached, result.result.to_msgpack())
    return result.result


def build(survey: Survey, warehouse: Path, *, select: Sequence[str] = (), engine: Engine = DUCKDB) -> list[NodeResult]:
    """Build every model into the DuckDB file, or on Spark into the folder beside it, and run every data test there.

    Unit tests belong to `make test`. Failing tests are results, not exceptions. Raises RuntimeError when dbt itself breaks
    down.
    """
    arguments = ["build", "--no-write-json", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
    if select:
        arguments += ["--select", *select]
    return _results(survey, arguments, warehouse, engine)


def unit_test(
    survey: Survey, warehouse: Path, *, models: Sequence[str] = ("*",), engine: Engine = DUCKDB
) -> list[NodeResult]:
    """Run the unit tests of some models, or of all: invented rows in, expected rows out.

    The built warehouse only lends column types. A test's `message` holds what differs from the expected rows.
    """
    arguments = ["test", "--no-write-json", "--select", *(f"{model},test_type:unit" for model in models)]
    return _results(survey, arguments, warehouse, engine)


def spark_folder(warehouse: Path) -> Path:
    """Where Spark finds the raw tables of a DuckDB file, and leaves the models, as Parquet."""
    return warehouse.with_name("spark")


def take_from_spark(survey: Survey, warehouse: Path) -> list[NodeResult]:
    """Make the models' tables in the DuckDB file of the rows that Spark left beside it, held to the models' contracts."""
    variables = json.dumps({TAKEN: str(spark_folder(warehouse) / "models")})
    return _results(survey, ["run", "--no-write-json", "--vars", variables], warehouse, DUCKDB)


def compile_tests(survey: Survey, warehouse: Path, names: Sequence[str]) -> list[NodeResult]:
    """The data tests of these names with their SQL for DuckDB; none is run."""
    return _results(survey, ["compile", "--no-write-json", "--select", *names], warehouse, DUCKDB)


def _results(survey: Survey, arguments: Sequence[str], warehouse: Path, engine: Engine) -> list[NodeResult]:
    manifest = load_manifest(survey, engine)
    result = _invoke(survey, arguments, warehouse=warehouse, manifest=manifest, engine=engine)
    return [_node_result(node) for node in result.result.results if node.node.resource_type.value != "operation"]


def write_site(survey: Survey, warehouse: Path, page: Path) -> None:
    """Write dbt's own pages of the project as one file: models, sources, columns with their types in the warehouse, lineage.

    The warehouse must be built by this project. Raises RuntimeError when dbt breaks down.
    """
    with tempfile.TemporaryDirectory(prefix="kyogikai-dbt-") as name:
        target = Path(name).resolve()
        result = _invoke(
            survey, ["docs", "generate"], warehouse=warehouse, manifest=load_manifest(survey), target=target
        )
        if not result.success:
            raise RuntimeError(f"dbt docs generate could not describe the warehouse: {result.result.errors}")
        documents = [(target / f"{name}.json").read_text(encoding="utf-8") for name in ("manifest", "catalog")]
    for folder in (target, PROJECT_ROOT):
        documents = [document.replace(f"{folder}/", "") for document in documents]
    manifest, catalog = documents
    write_atomically(page, static_page(manifest, catalog).encode())


def _node_result(node: Any) -> NodeResult:
    test = getattr(node.node, "test_metadata", None)
    model = (getattr(node.node, "attached_node", None) or "").rpartition(".")[2] or None
    arguments = _test_arguments(test.kwargs) if test else {}
    return NodeResult(
        unique_id=node.node.unique_id,
        name=node.node.name,
        kind=str(node.node.resource_type.value),
        status=str(node.status.value),
        failure_count=int(node.failures or 0),
        message=str(node.message or ""),
        seconds=float(node.execution_time),
        compiled_sql=getattr(node.node, "compiled_code", None) or "",
        statement=data_test_statement(node.node.name, test.name if test else None, model, arguments),
    )


def _test_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a generic test is given, whether as keys of its own or under `arguments`."""
    return {**arguments, **(arguments.get("arguments") or {})}


def _invoke(
    survey: Survey, arguments: Sequence[str], *, warehouse: Path | None, manifest: Any,
    target: Path | None = None, engine: Engine = DUCKDB,
) -> Any:  # fmt: skip
    from dbt.cli.main import dbtRunner

    from pipeline.warehouse.dbt_events import silence_events

    silence_events()
    target = target or target_folder(survey, engine)
    target.mkdir(parents=True, exist_ok=True)
    shared = [
        "--project-dir",
        project_folder(survey),
        "--profiles-dir",
        DBT_PROJECT,
        "--target-path",
        target,
        "--log-path",
        target,
        "--target",
        engine,
    ]
    warehouse = warehouse or target / "kyogikai.duckdb"
    with environment({WAREHOUSE_VARIABLE: str(warehouse), SPARK_VARIABLE: str(spark_folder(warehouse))}):
        try:
            result = dbtRunner(manifest=manifest).invoke([*QUIET, *arguments, *map(str, shared)])
        finally:
            _close_connections()
    if isinstance(result.exception, KeyboardInterrupt):
        raise KeyboardInterrupt
    if result.exception is not None:
        raise _told(result.exception, arguments[0], survey, engine, warehouse) from result.exception
    return result


def _told(error: BaseException, command: str, survey: Survey, engine: Engine, warehouse: Path) -> Exception:
    """An error of dbt as one of ours, where a person can do something about it; else as a bug."""
    from dbt_common.exceptions import DbtInternalError, DbtRuntimeError

    if command == "parse" and not isinstance(error, DbtInternalError):
        return DeclarationError(
            reference="invalid-dbt-project", where=str(survey.section_models.parents[1]), found=str(error).strip(),
            expected="a project that dbt can parse", fix="correct the file that dbt names",
        )  # fmt: skip
    if engine == SPARK and isinstance(error, DbtRuntimeError):
        return InputError(
            reference="spark-not-reached", where=str(spark_folder(warehouse)), found=" ".join(str(error).split()),
            expected="a Spark that answers, and that can read and write this folder",
            fix="see that the cluster is up, that KYOGIKAI_SPARK_HOST names it and that it sees the home under this path",
        )  # fmt: skip
    return RuntimeError(f"dbt {command} broke down: {error}")


def _close_connections() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
