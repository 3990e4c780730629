"""How a load is cut into files: rotation, folders per value, compression, and places that are no local disk."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import conduit
from conduit.errors import DestinationError, MissingExtra

TABLE = pa.table({"id": range(1000), "country": ["NO", "SE", None, "DK/x y"] * 250, "n": [1.5] * 1000})


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _visible(folder: str) -> list[Path]:
    return sorted(path for path in Path(folder).rglob("*") if path.is_file() and "/." not in f"/{path}")


def test_parts_rotate_by_rows() -> None:
    conduit.read(TABLE).to("out/", type="parquet", max_file_rows=300)
    assert [pq.read_metadata(path).num_rows for path in _visible("out")] == [300, 300, 300, 100]


def test_parts_rotate_by_bytes() -> None:
    conduit.read("generate", rows=300_000).to("out/", type="csv", max_file_bytes=1 << 20)
    files = _visible("out")
    assert len(files) > 3
    assert conduit.read("out/", type="csv").to_arrow().num_rows == 300_000


def test_partition_values_become_folders_that_other_tools_read() -> None:
    """DuckDB reads the folders back as the column, NULL and awkward characters included."""
    conduit.read(TABLE).to("out/", type="parquet", partition_by=["country"])
    read = duckdb.sql(
        "SELECT country, count(*), sum(id) FROM read_parquet('out/**/*.parquet', hive_partitioning = true) GROUP BY ALL"
    ).fetchall()
    expected = duckdb.from_arrow(TABLE).aggregate("country, count(*), sum(id)").fetchall()
    assert sorted(read, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("ending", ["gz", "zst", "bz2", "xz"])
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_compressed_files_read_back(kind: str, ending: str) -> None:
    conduit.read(TABLE).to(f"out.{kind}.{ending}")
    assert conduit.read(f"out.{kind}.{ending}").to_arrow().to_pylist() == TABLE.to_pylist()


def test_a_full_refresh_replaces_a_folder_at_once_and_keeps_it_when_it_fails() -> None:
    conduit.read(TABLE).to("out/", type="parquet", mode="full_refresh")
    before = _visible("out")
    with pytest.raises(conduit.errors.ConduitError):
        conduit.read(TABLE).check("id", max=5).to("out/", type="parquet", mode="full_refresh")
    assert _visible("out") == before
    conduit.read(TABLE.slice(0, 10)).to("out/", type="parquet", mode="full_refresh")
    assert pq.read_table("out").num_rows == 10
    assert not [path for path in Path().iterdir() if path.name.startswith(".out")], "nothing is left beside it"


def test_a_full_refresh_refuses_to_remove_what_is_not_its_own() -> None:
    Path("out").mkdir()
    Path("out/thesis.docx").write_text("years of work")
    with pytest.raises(DestinationError, match=r"thesis\.docx"):
        conduit.read(TABLE).to("out/", type="parquet", mode="full_refresh")
    assert Path("out/thesis.docx").read_text() == "years of work"


def test_appending_to_a_folder_leaves_its_files_alone() -> None:
    conduit.read(TABLE).to("out/", type="parquet")
    (first,) = _visible("out")
    stamp = first.stat().st_mtime_ns
    conduit.read(TABLE).to("out/", type="parquet")
    assert first.stat().st_mtime_ns == stamp
    assert len(_visible("out")) == 2


def test_a_remote_file_system_is_written_and_read() -> None:
    """fsspec's memory file system stands for any object store: no rename is atomic there, the record decides."""
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    conduit.read(TABLE).to("memory://lake/orders/", type="parquet")
    conduit.read(TABLE).to("memory://lake/orders/", type="parquet")
    assert conduit.read("memory://lake/orders/*.parquet").to_arrow().num_rows == 2000
    conduit.read(TABLE).to("memory://lake/orders/", type="parquet", mode="full_refresh")
    assert conduit.read("memory://lake/orders/", type="parquet").to_arrow().num_rows == 1000
    conduit.read(TABLE).to("memory://lake/one.csv")
    assert conduit.read("memory://lake/one.csv").to_arrow().num_rows == 1000
    fs.store.clear()


def test_a_url_without_its_driver_says_what_to_install() -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'conduit-core\[s3\]'"):
        _ = conduit.read("s3://bucket/x.parquet").schema


def test_the_commit_record_tells_what_became_visible_with_the_token() -> None:
    report = conduit.read(TABLE).to("out/", type="parquet").resources[0]
    record = json.loads(Path(f"out/.conduit/{report.token}.commit").read_text())
    assert (record["token"], record["rows"], len(record["parts"])) == (report.token, 1000, 1)


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_folders_read_back_as_the_columns_they_were(kind: str) -> None:
    table = pa.table(
        {
            "id": range(100),
            "day": pa.array([19_000, 19_001] * 50, pa.date32()),
            "code": ["007", "010", None, "x=y/z"] * 25,
            "n": [1, 2] * 50,
        }
    )
    conduit.read(table).to("out/", type=kind, partition_by=["day", "code", "n"])
    read = conduit.read("out/", type=kind)
    assert {field.name: str(field.type) for field in read.schema if field.name != "id"} == {
        "day": "date32[day]",
        "code": "string",
        "n": "int64",
    }
    rows = sorted(read.select(*table.schema.names).to_arrow().to_pylist(), key=lambda row: row["id"])
    assert rows == table.to_pylist()
    assert read.select("code").filter("n = 1").to_arrow().num_rows == 50
    assert conduit.read("out/", type=kind, hive_partitioning=False).to_arrow().schema.names == ["id"]


@pytest.mark.parametrize("kind", [pa.string_view(), pa.dictionary(pa.int32(), pa.string()), pa.large_string()])
def test_text_that_is_stored_as_views_becomes_folders_and_stays_as_it_is(kind: pa.DataType) -> None:
    """Programs of Rust write text so, and Arrow cannot select rows of it."""
    texts = ["NO", "SE", None, "NO"]
    views = pa.array(texts).cast(pa.string_view())
    tags = pa.ListArray.from_arrays(pa.array([0, 1, 2, 3, 4], pa.int32()), views)
    country = pa.array(texts).dictionary_encode() if pa.types.is_dictionary(kind) else pa.array(texts).cast(kind)
    pq.write_table(pa.table({"country": country, "name": views, "tags": tags}), "in.parquet")
    assert pq.read_schema("in.parquet").types == [kind, pa.string_view(), tags.type]
    conduit.read("in.parquet").to("out/", type="parquet", partition_by=["country"])
    found = conduit.read("out/", type="parquet").to_arrow()
    rows = sorted(zip(found["country"].to_pylist(), found["name"].to_pylist(), strict=True), key=str)
    assert rows == [("NO", "NO"), ("NO", "NO"), ("SE", "SE"), (None, None)]
    assert sorted(map(str, found["tags"].to_pylist())) == ["['NO']", "['NO']", "['SE']", "[None]"]
