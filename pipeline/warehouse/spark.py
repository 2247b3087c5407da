"""The models on Spark: raw tables leave the DuckDB file as Parquet, and what Spark makes of them comes back the same way."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from pipeline.process import environment
from pipeline.warehouse import dbt
from pipeline.warehouse.connect import connect
from pipeline.warehouse.dbt import NodeResult
from pipeline.warehouse.engines import SPARK
from schemas.errors import InputError
from schemas.survey import Survey

METHOD_VARIABLE = "KYOGIKAI_SPARK_METHOD"
SESSION = "session"
PACKAGES = {SESSION: "pyspark", "thrift": "pyhive", "http": "pyhive", "odbc": "pyodbc"}
"""How dbt speaks to Spark, and the package that each way needs."""
CONFIGURATION = Path(__file__).with_name("spark_conf")


def build_on_spark(survey: Survey, warehouse: Path) -> list[NodeResult]:
    """Compute every model and run every data test on Spark, and take the models into the DuckDB file that has the raw tables.

    A model that Spark cannot build is a result, and then none is taken. Raises InputError where Spark is not installed.
    """
    expect_spark()
    folder = dbt.spark_folder(warehouse)
    shutil.rmtree(folder, ignore_errors=True)
    write_raw_tables(warehouse, folder)
    with spark_session(folder):
        results = dbt.build(survey, warehouse, engine=SPARK)
    broken = [result for result in results if result.kind == "model" and not result.is_success]
    broken = broken or [result for result in dbt.take_from_spark(survey, warehouse) if not result.is_success]
    if broken:
        return broken
    shutil.rmtree(folder)
    return _answerable(survey, warehouse, results)


def expect_spark() -> None:
    """Raise InputError where something is missing that the models need on Spark: packages, or Java for a session here."""
    method = os.environ.get(METHOD_VARIABLE, SESSION)
    if method not in PACKAGES:
        raise InputError(
            reference="unknown-spark-method", where=METHOD_VARIABLE, found=method, expected=f"one of {', '.join(PACKAGES)}",
            fix="name how your cluster is asked, or leave the variable out for Spark on this machine",
        )  # fmt: skip
    missing = [name for name in ("dbt.adapters.spark", PACKAGES[method]) if find_spec(name) is None]
    if missing:
        raise InputError(
            reference="spark-not-installed", where="the Python packages", found=f"no {', '.join(missing)}",
            expected=f"what dbt needs to ask Spark by '{method}'",
            fix="`make spark` in a clone, else pip install 'kyogikai[spark]'; "
            "for a cluster see the documentation's page 'Compute on Spark'",
        )  # fmt: skip
    java = Path(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else "java"
    if _is_session() and shutil.which(java) is None:
        raise InputError(
            reference="java-not-installed", where=str(java), found="no such program", expected="Java 17 or 21, which runs Spark",
            fix="install it (Debian: apt-get install openjdk-17-jre-headless), or let JAVA_HOME name its folder",
        )  # fmt: skip


@contextmanager
def spark_session(folder: Path) -> Iterator[None]:
    """Keep a Spark session open in which dbt builds; a cluster that is asked over the network needs none here.

    SPARK_CONF_DIR names another configuration than ours, which computes on this machine and speaks to nobody else.
    """
    if not _is_session():
        yield
        return
    own = {"SPARK_CONF_DIR": str(CONFIGURATION), "SPARK_LOCAL_IP": "127.0.0.1"}
    with environment({} if "SPARK_CONF_DIR" in os.environ else own):
        from pyspark.sql import SparkSession

        session = SparkSession.builder.config("spark.sql.warehouse.dir", str(folder / "catalog")).getOrCreate()
        try:
            yield
        finally:
            session.stop()


def write_raw_tables(warehouse: Path, folder: Path) -> None:
    """Write every raw table, which is a view of the DuckDB file, as Parquet, each into a folder of its own."""
    with connect(warehouse, read_only=True) as connection:
        names = connection.execute("select view_name from duckdb_views() where not internal order by 1").fetchall()
        for (name,) in names:
            place = folder / "raw" / name
            place.mkdir(parents=True)
            connection.table(name).write_parquet(str(place / f"{name}.parquet"))


def _is_session() -> bool:
    return os.environ.get(METHOD_VARIABLE, SESSION) == SESSION


def _answerable(survey: Survey, warehouse: Path, results: Sequence[NodeResult]) -> list[NodeResult]:
    """The results, with the SQL of failed tests as DuckDB understands it, so that the rows they reject can be shown."""
    failed = [result.name for result in results if result.status == "fail"]
    compiled = (
        {one.unique_id: one.compiled_sql for one in dbt.compile_tests(survey, warehouse, failed)} if failed else {}
    )
    return [replace(one, compiled_sql=compiled.get(one.unique_id, one.compiled_sql)) for one in results]
