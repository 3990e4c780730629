"""A small load leaves pandas alone, which costs more than its work; that must change no value for anyone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .processes import conduit, environ

LIGHT = """
import sys
from conduit.cli.startup import with_light_imports
with_light_imports()
import pyarrow as pa, pyarrow.compute as pc
"""


def _python(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environ({}), timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().split("\n")


def test_arrow_works_without_pandas() -> None:
    script = "print(pa.array([1, None]).cast('string').to_pylist(), {'pandas'} & {*sys.modules})"
    assert _python(LIGHT + script) == ["['1', None] set()"]


def test_numpy_and_arrow_exchange_their_arrays() -> None:
    script = """
import numpy as np
print(pa.array(np.arange(3)).to_numpy().tolist(), pa.array([np.int32(7)]).type, pc.sum(np.arange(4)))
print(np.asarray(pa.array([1.5, 2])).tolist(), pa.array([True, None]).to_numpy(zero_copy_only=False).tolist())
"""
    expected = ["[0, 1, 2] int32 6", "[1.5, 2.0] [True, None]"]
    assert _python(LIGHT + script) == expected


def test_an_arrow_that_is_imported_already_stays_as_it_is() -> None:
    script = (
        "import pyarrow"
        + LIGHT
        + "print(pa.array([1]).to_numpy().tolist(), [f for f in sys.meta_path if 'conduit' in str(type(f))])"
    )
    assert _python(script) == ["[1] []"]


def test_whoever_asks_for_pandas_still_gets_it() -> None:
    pytest.importorskip("pandas")
    script = """
print(pa.table({"a": [1]}).to_pandas().to_dict("list"))
import pandas
print(pa.array(pandas.Series([1, None])).to_pylist())
"""
    assert _python(LIGHT + script) == ["{'a': [1]}", "[1.0, None]"]


def test_a_format_that_is_read_with_numpy_is_read_right(tmp_path: Path) -> None:
    rows = [{"id": i, "amount": i / 4, "tags": ["a", "b"][: i % 3], "inner": {"x": [i, None]}} for i in range(200)]
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (tmp_path / "ingest.yml").write_text(
        "sources: [{name: in, type: json, path: in.jsonl}]\n"
        "destinations: [{name: out, type: json, path: out.jsonl}]\n"
        "resources: [{name: rows, source: in, destination: out}]\n"
    )
    done = conduit("run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()] == rows
