"""The schema that is shown is the one that a run takes, and what it suggests instead holds when it is pasted."""

from __future__ import annotations

import csv
import io
import warnings
from pathlib import Path

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import given, settings

import conduit
from conduit.core.types import parse_type
from conduit.errors import SourceError, UsageError
from conduit.pipeline import Pipeline
from conduit.schema.infer import Inference

_CORPUS = {
    "bool": ["true", "False"], "int": ["1", "-5", " 7 "], "wide": ["9223372036854775807", "-1"],
    "unsigned": ["18446744073709551615", "1"], "float": ["1.5", "2", "-0.25", "1e5"], "nan": ["nan", "1.5", "inf"],
    "money": ["12.50", "0.10"], "exact": ["12345678901234567.25", "1.5"], "long": ["1" * 30],
    "date": ["2024-02-29", "0001-01-01"], "no date": ["2024-02-30"], "moment": ["2024-01-01 10:00", "2024-01-01"],
    "zoned": ["2024-01-01T10:00:00Z", "2024-01-01T10:00:00+02:00"], "mixed": ["2024-01-01T10:00:00Z", "2024-01-01"],
    "nano": ["2024-01-01 10:00:00.123456789"], "zoned nano": ["2024-01-01T10:00:00.123456789Z"],
    "time": ["10:00:00", "23:59:59.25"], "fine time": ["10:00:00.123456789"], "zeros": ["007", "1"], "plus": ["+1"],
    "hex": ["0x1F"], "uuid": ["123e4567-e89b-12d3-a456-426614174000"], "word": ["a", "b"], "odd": ["1", "n/a"],
    "null": ["", ""], "grouped": ["1,234"], "other digits": ["٣"], "float and more": ["9999999999999999", "1.5"],
}  # fmt: skip
_NARROWER_THAN_A_RUN = {"unsigned", "exact", "long", "zoned nano", "fine time"}
_WORDS = st.one_of(
    st.integers(-(1 << 66), 1 << 66).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**18), max_value=10**18).map(str),
    st.floats(allow_nan=False).map(repr),
    st.dates().map(str),
    st.datetimes().map(str),
    st.times().map(str),
    st.booleans().map(str),
    st.sampled_from(["007", "+1", "n/a", "2024-01-01T00:00:00Z", "1e5", "x y", "-0", ".5"]),
)


def _written(path: Path, columns: dict[str, list[str]]) -> Path:
    text = io.StringIO()
    rows = max(map(len, columns.values()))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([values[i % len(values)] for values in columns.values()] for i in range(rows))
    path.write_text(text.getvalue())
    return path


def _inferred(path: Path, **options: object) -> Inference:
    return conduit.read(path, **options).infer()


def test_what_is_shown_is_what_a_run_takes(tmp_path: Path) -> None:
    path = _written(tmp_path / "in.csv", _CORPUS)
    found = _inferred(path)
    assert found.schema.equals(conduit.read(path).schema)


def test_the_sample_agrees_with_a_run_or_says_what_it_would_have(tmp_path: Path) -> None:
    """The reader's own inference and that of the sample are two; on these values they may differ in one way only."""
    found = {column.name: column for column in _inferred(_written(tmp_path / "in.csv", _CORPUS)).columns}
    differing = {name for name, column in found.items() if column.suggested is not None}
    assert differing == _NARROWER_THAN_A_RUN | {"float and more"}
    for name in _NARROWER_THAN_A_RUN:
        assert found[name].type == pa.string()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_WORDS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_what_is_suggested_holds_when_it_is_pasted(
    tmp_path_factory: pytest.TempPathFactory, columns: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("pasted")
    path = _written(folder / "in.csv", {f"c{i}": [*values] for i, values in enumerate(columns)} | {"row": ["r"]})
    found = _inferred(path, header=True)
    assert found.schema.equals(conduit.read(path, header=True).schema)
    assert sum(column.misfits for column in found.columns) == 0
    pasted = conduit.read(path, header=True, columns=found.suggested)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = pasted.to_arrow()
    assert table.num_rows == found.rows
    assert [field.type for field in table.schema] == [column.best for column in found.columns]


def test_renamed_selected_and_cast_columns_are_judged_as_they_come_out(tmp_path: Path) -> None:
    path = _written(tmp_path / "in.csv", {"a": ["1", "2"], "b": ["5", "x"], "c": ["1", "2"]})
    found = conduit.read(path).select("c", "b").rename(b="B").cast(c="decimal(5,2)").infer()
    assert [(c.name, c.source_name, c.type) for c in found.columns] == [
        ("c", "c", parse_type("decimal(5,2)")), ("B", "b", pa.string())
    ]  # fmt: skip
    assert found.columns[0].declared
    assert str(found.columns[1].forced_by) == "'x' (row 2 of the head)"


def test_a_value_far_behind_what_a_run_looks_at_is_found(tmp_path: Path) -> None:
    """A run types the columns by some places of the file; the sample looks at more of it."""
    rows = [f"{i},1\n" for i in range(400_000)]
    rows[200_000] = "200000,soon\n"
    (tmp_path / "in.csv").write_text("id,n\n" + "".join(rows))
    column = conduit.read(tmp_path / "in.csv").infer(90_000).columns[1]
    assert (column.type, column.suggested, column.misfits) == (pa.int64(), pa.string(), 1)
    assert "soon" in str(column.misfit)


def test_the_profiles_mask_hides_values_here_too(tmp_path: Path) -> None:
    _written(tmp_path / "in.csv", {"email": ["ada@example.org"], "n": ["1"]})
    (tmp_path / "ingest.yml").write_text(
        "sources: [{name: s, type: csv, path: in.csv}]\ndestinations: [{name: d, type: csv, path: out.csv}]\n"
        "resources: [{name: r, source: s, destination: d, profile: {mask: [email]}}]\n"
    )
    found = conduit.load(tmp_path / "ingest.yml")["r"].infer()
    assert "ada@" not in str(found)


def test_a_sample_has_at_least_a_row(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one row"):
        conduit.read("generate", rows=3).infer(0)


@pytest.mark.parametrize("source", ["generate", "dummysource"])
def test_sources_that_make_their_rows_are_sampled_too(source: str) -> None:
    pipeline = conduit.read(source, rows=1_000)
    assert isinstance(pipeline, Pipeline)
    found = pipeline.infer(90)
    assert 0 < found.rows <= 92
    assert found.schema.equals(pipeline.schema)


def test_hostile_files(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"")
    with pytest.raises(SourceError, match="empty"):
        _inferred(path)
    path.write_bytes(b"a,b\n")
    found = _inferred(path)
    assert (found.rows, found.schema) == (0, pa.schema([("a", pa.string()), ("b", pa.string())]))
    path.write_bytes("id,name\n1,Zoë\n".encode() + "2,Zoë\n".encode("latin-1") + "3,é\n".encode())
    assert _inferred(path).rows == 3
    path.write_bytes(b'a,b\n1,2\n"3,4\n5,6\n')
    assert _inferred(path).schema.names == ["a", "b"]
    path.write_bytes(b"a,b\n" + b"\0" * 5_000 + b"\n")
    assert _inferred(path).schema.names == ["a", "b"]
    path.write_bytes(b"a,b\n,\n,\n")
    assert [c.hints for c in _inferred(path).columns] == [("all NULL: kept as string",)] * 2


def test_a_thousand_columns(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    names = ",".join(f"c{i}" for i in range(1_000))
    path.write_text(f"{names}\n" + "".join(",".join(str(i + row) for i in range(1_000)) + "\n" for row in range(200)))
    found = _inferred(path)
    assert len(found.columns) == 1_000
    assert {column.type for column in found.columns} == {pa.int64()}
