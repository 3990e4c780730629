"""pandas is in most environments and costs a small load more than its work; leaving it out must change no value."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .processes import environ

pytest.importorskip("pandas")


def _python(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environ({}), timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_values_are_converted_without_pandas() -> None:
    script = """
import sys
from conduit.cli.startup import without_pandas
without_pandas()
import pyarrow as pa
print(pa.array([1, None]).to_pylist(), "pandas" in sys.modules, len([f for f in sys.meta_path if "Hidden" in str(f)]))
"""
    assert _python(script) == "[1, None] False 0"


def test_whoever_asks_for_pandas_still_gets_it() -> None:
    script = """
from conduit.cli.startup import without_pandas
without_pandas()
import pyarrow as pa
print(type(pa.table({"a": [1]}).to_pandas()).__module__.split(".")[0])
import pandas
print(pa.array(pandas.Series([1, None])).to_pylist())
"""
    assert _python(script).split("\n") == ["pandas", "[1.0, None]"]


def test_a_foreign_connector_that_holds_pandas_objects_reads_the_same_values() -> None:
    script = """
from types import SimpleNamespace as N
from conduit import registry
from conduit.cli import startup
startup.without_pandas()
registry.source_class = lambda name: type("Foreign", (), {"__module__": name})
registry.destination_class = registry.source_class
def project(name):
    return N(resources=[N(source=N(type=name), destination=N(type="conduit.connectors.csv"))])
import pandas, pyarrow as pa
values = pandas.Series([1, None])
startup.with_pandas_where_foreign(project("conduit.connectors.csv"))
startup.with_pandas_where_foreign(project("acme.connectors"))
print(pa.array(values).to_pylist())
"""
    assert _python(script) == "[1.0, None]"


def test_where_pandas_is_imported_already_nothing_changes() -> None:
    script = """
import pandas
from conduit.cli.startup import without_pandas
without_pandas()
import pyarrow as pa
print(pa.array(pandas.Series([1, None])).to_pylist())
"""
    assert _python(script) == "[1.0, None]"
