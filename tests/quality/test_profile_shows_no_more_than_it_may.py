"""A manifest is kept and passed around: what is masked or secret must not be in it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import BaseModel, SecretStr

import conduit
from conduit.config.secrecy import secrets_in
from conduit.errors import ConfigError
from conduit.quality.profile.profiler import Profiler
from conduit.quality.profile.settings import ProfileSettings
from tests.quality.profiles import profile_table

PEOPLE = pa.table({"id": [1, 2, 3], "email": ["ada@x.org", "bob@x.org", None], "age": [36, 41, 29]})


def test_masked_columns_show_no_value_and_count_still() -> None:
    found = profile_table(PEOPLE, settings=ProfileSettings(sample_rows=2, mask=("email", "age")))
    text = json.dumps(found.as_dict())
    for value in ("ada@", "bob@", "36", "41", "29", "35.3"):
        assert value not in text
    email = found.column("email")
    assert (email.masked, email.null_count, email.distinct_estimate, email.max_length) == (True, 1, 2, 9)
    assert found.first_rows == ((1, "***", "***"), (2, "***", "***"))
    assert found.last_rows == ((3, None, "***"),)


def test_a_masked_column_must_exist() -> None:
    with pytest.raises(ConfigError, match="no column 'emial'") as failed:
        Profiler(PEOPLE.schema, ProfileSettings(mask=("emial",)))
    assert "'email'" in failed.value.remedy


def test_a_value_that_holds_a_secret_of_the_options_is_not_shown() -> None:
    profiler = Profiler(pa.schema([("x", pa.string())]), ProfileSettings(), secrets=("hunter2",))
    profiler.look(pa.record_batch([pa.array(["a", "pw=hunter2", "hunter2", "z"])], ["x"]))
    assert "hunter2" not in json.dumps(profiler.profile().as_dict())


def test_secrets_are_found_wherever_options_hold_them() -> None:
    class Inner(BaseModel):
        api_key: str = "k1"
        path: str = "plain"

    class Outer(BaseModel):
        password: SecretStr = SecretStr("p1")
        url: str = "postgres://me:p2@host/db"
        inner: Inner = Inner()
        headers: dict[str, str] = {"authorization": "t1", "accept": "json"}
        empty: SecretStr = SecretStr("")

    assert sorted(secrets_in(Outer())) == ["k1", "me:p2", "p1", "t1"]


def test_long_values_are_cut_and_the_sample_has_no_row_twice() -> None:
    found = profile_table(pa.table({"x": ["y" * 1_000, "b"]}), settings=ProfileSettings(sample_rows=5))
    assert found.first_rows == (("y" * 199 + "…",), ("b",))
    assert found.last_rows == ()
    assert found.column("x").max == "y" * 199 + "…"


def test_nested_values_are_shown_as_json() -> None:
    table = pa.table({"x": pa.array([{"a": [1, None]}, None], pa.struct([("a", pa.list_(pa.int64()))]))})
    assert profile_table(table).first_rows == (('{"a": [1, null]}',), (None,))


def test_nothing_is_sampled_when_no_rows_are_asked_for_and_no_rows_have_figures() -> None:
    found = profile_table(PEOPLE, settings=ProfileSettings(sample_rows=0))
    assert (found.first_rows, found.last_rows) == ((), ())
    none = profile_table(PEOPLE.slice(0, 0))
    assert (none.rows, none.column("age").min, none.column("age").distinct_estimate) == (0, None, 0)
    assert profile_table(pa.table({})).columns == ()


def test_it_is_in_the_report_and_the_manifest_unless_it_is_off(tmp_path: Path) -> None:
    state = tmp_path / "state"
    report = conduit.read(PEOPLE).to(tmp_path / "a.parquet", state_dir=state, profile={"mask": "email"})
    profile = report.resources[0].profile
    assert profile is not None
    assert (profile.rows, profile.column("age").mean) == (3, 106 / 3)
    assert json.loads(json.dumps(report.as_dict()))["resources"][0]["profile"]["columns"][1]["masked"] is True
    off = conduit.read(PEOPLE).to(tmp_path / "b.parquet", state_dir=state, profile=False)
    assert off.resources[0].profile is None
    with pytest.raises(ConfigError, match="profile"):
        conduit.read(PEOPLE).to(tmp_path / "c.parquet", state_dir=state, profile={"sample": 3})
