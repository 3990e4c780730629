"""`conduit.read` takes paths, names and anything that speaks Arrow, lazily, and gives the data back the same."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import conduit
from conduit.errors import ConfigError, SourceError, UnknownName

TABLE = pa.table({"id": [1, 2, 3, 4], "email": ["a@b", "x", "c@d", None], "amount": [1.5, 2.0, -3.0, 4.0]})


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "made",
    [
        TABLE,
        pl.DataFrame(TABLE),
        pd.DataFrame(TABLE.to_pandas()),
        duckdb.from_arrow(TABLE),
        TABLE.to_reader(max_chunksize=2),
    ],
    ids=["pyarrow table", "polars frame", "pandas frame", "duckdb relation", "pyarrow reader"],
)
def test_anything_with_an_arrow_stream_is_read(made: object) -> None:
    assert conduit.read(made).to_arrow().select(TABLE.schema.names).to_pylist() == TABLE.to_pylist()


def test_the_data_comes_out_in_every_form() -> None:
    pq.write_table(TABLE, "t.parquet")
    pipeline = conduit.read("t.parquet")
    assert pipeline.schema == TABLE.schema
    assert pipeline.to_arrow() == TABLE
    assert pipeline.to_polars().equals(pl.DataFrame(TABLE))
    assert pipeline.to_duckdb().fetchall() == [tuple(row.values()) for row in TABLE.to_pylist()]
    assert pipeline.to_pandas()["id"].tolist() == [1, 2, 3, 4]
    assert str(pipeline.to_pandas()["id"].dtype) == "int64[pyarrow]", "integers with NULLs stay integers"
    assert pa.table(pipeline) == TABLE
    assert pl.DataFrame(pipeline).equals(pl.DataFrame(TABLE))


def test_nothing_is_opened_before_the_data_is_asked_for() -> None:
    pipeline = conduit.read("not-there-yet.csv")
    Path("not-there-yet.csv").write_text("a\n1\n")
    assert pipeline.to_arrow().to_pylist() == [{"a": 1}]


def test_steps_do_what_they_say_and_leave_the_pipeline_as_it_was() -> None:
    whole = conduit.read(TABLE)
    part = whole.filter("amount > 1.5").filter("id < 4").select("id", "amount").rename(id="key").cast(amount="int64")
    assert part.limit(5).to_arrow().to_pylist() == [{"key": 2, "amount": 2}]
    assert whole.to_arrow() == TABLE


def test_a_filter_keeps_the_rows_for_which_it_is_true() -> None:
    kept = conduit.read(TABLE).filter("email LIKE '%@%' OR id = 2").select("id").to_arrow()
    assert kept.to_pydict() == {"id": [1, 2, 3]}


def test_a_limit_counts_the_rows_that_pass_the_filter() -> None:
    assert conduit.read(TABLE).filter("id > 1").limit(2).select("id").to_arrow().to_pydict() == {"id": [2, 3]}


def test_the_filter_may_use_columns_that_are_not_selected() -> None:
    pq.write_table(TABLE, "t.parquet")
    assert conduit.read("t.parquet").filter("amount < 0").select("id").to_arrow().to_pydict() == {"id": [3]}


def test_a_value_that_a_cast_would_change_is_left_out_with_a_warning_that_counts_it() -> None:
    with pytest.warns(UserWarning, match=r"1 rows were rejected; the first: 1\.5 does not fit int64"):
        table = conduit.read(TABLE).cast(amount="int64").to_arrow()
    assert table["amount"].to_pylist() == [2, -3, 4]


def test_a_misspelt_option_is_named_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match="did you mean 'delimiter'"):
        conduit.read("t.csv", delimeter=";")


def test_a_missing_file_names_the_nearest_one() -> None:
    Path("orders.csv").write_text("a\n1\n")
    with pytest.raises(SourceError, match=r"Did you mean '.*orders\.csv'"):
        _ = conduit.read("order.csv").schema


def test_a_path_that_names_no_format_asks_for_the_type() -> None:
    with pytest.raises(UnknownName, match="type="):
        conduit.read("data.xyz")


def test_an_object_that_is_no_source_says_so() -> None:
    with pytest.raises(ConfigError, match="int is no source"):
        conduit.read(42)


def test_an_unknown_column_is_named_with_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'email'"):
        conduit.read(TABLE).select("emial").to_arrow()


def test_the_preview_is_bounded_and_escaped() -> None:
    wide = pa.table({f"column {i}": ["<script>" + "x" * 500] * 1000 for i in range(50)})
    html = conduit.read(wide)._repr_html_()
    assert "<script>" not in html
    assert html.count("<tr>") == 11
    assert len(html) < 40_000
