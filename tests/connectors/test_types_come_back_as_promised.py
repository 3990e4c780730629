"""Each type of the matrix goes into each destination and comes back as `stored` promises, or is refused by its name.

The table of types in the documentation is made of these promises; what a value must not become is something else.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.core.exact_casts import castable, exact_or_null
from conduit.core.fidelity import CANONICAL
from conduit.core.types import type_name
from conduit.registry import destination_class
from conduit.sdk import Destination, DestinationError, ReadRequest, SchemaError, plain_type
from conduit.sdk.suites.reading import read_all
from tests.core.edge_values import edge_values, same

from .table_loads import load

KINDS = [canonical.type for canonical in CANONICAL]
PATHS = {
    "parquet": "out.parquet",
    "duckdb": "out.duckdb",
    "sqlite": "out.sqlite",
    "json": "out.jsonl",
    "csv": "out.csv",
}
# Types that a destination has no place for.
REFUSED = {
    ("duckdb", pa.decimal256(50, 10)),
    ("sqlite", pa.map_(pa.string(), pa.int64())),
    *(("csv", kind) for kind in KINDS if pa.types.is_nested(kind)),
    *(("csv", kind) for kind in (pa.binary(), pa.binary(16), pa.duration("us"))),
}
# Types of which a destination takes most values and says no to some, when they come.
CHOOSY = {
    ("sqlite", pa.uint64()),  # beyond 63 bits
    ("sqlite", pa.float32()),  # NaN
    ("sqlite", pa.float64()),
    ("json", pa.float32()),  # NaN and infinity
    ("json", pa.float64()),
    ("duckdb", pa.timestamp("ns", "UTC")),  # what microseconds do not hold
    ("duckdb", pa.duration("us")),  # beyond 292 years, which intervals in nanoseconds do not hold
}


@pytest.mark.parametrize("kind", KINDS, ids=type_name)
@pytest.mark.parametrize("name", PATHS)
def test_a_type_comes_back_as_it_was_promised(name: str, kind: pa.DataType, tmp_path: Path) -> None:
    destination = _opened(name, tmp_path)
    schema = pa.schema([("n", pa.int64()), ("odd", kind)])
    values = edge_values(kind)
    if (name, kind) in REFUSED:
        with pytest.raises(SchemaError, match="'odd'"):
            destination.stored(schema)
        with pytest.raises(SchemaError, match="'odd'"):
            load(destination, _table(values))
        return
    promised = destination.stored(schema).field("odd").type
    if (name, kind) in CHOOSY:
        values = _taken(name, values, tmp_path)
    load(destination, _table(values))
    read = _read(destination)
    if name == "json":
        assert _all_fit(read, promised)
    else:
        assert plain_type(read.type) == plain_type(promised)
    assert same(_as(read, kind), values)


@pytest.mark.parametrize("name", PATHS)
def test_nullability_and_names_stay_in_a_promise(name: str, tmp_path: Path) -> None:
    schema = pa.schema([pa.field("a", pa.int64(), False), ("b", pa.dictionary(pa.int32(), pa.string()))])
    promised = _opened(name, tmp_path).stored(schema)
    assert [(field.name, field.nullable) for field in promised] == [("a", False), ("b", True)]


@pytest.mark.parametrize("name", ["parquet", "json", "csv"])
def test_a_column_of_folders_is_promised_as_text(name: str, tmp_path: Path) -> None:
    cls = destination_class(name)
    destination = cls(cls.options_model.model_validate({"path": f"{tmp_path}/out/", "partition_by": ["day"]}))
    assert destination.stored(pa.schema([("day", pa.date32()), ("s", pa.string())])).types == [pa.string(), pa.string()]


def _opened(name: str, folder: Path) -> Destination[Any]:
    cls = destination_class(name)
    return cls(cls.options_model.model_validate({"path": str(folder / PATHS[name])}))


def _table(values: pa.Array) -> pa.Table:
    return pa.table({"n": pa.array(range(len(values)), pa.int64()), "odd": values})


def _read(destination: Destination[Any]) -> pa.Array:
    source = destination.reader("orders")
    assert source is not None
    table = read_all(source, ReadRequest())[1]
    order = exact_or_null(table.column("n").combine_chunks(), pa.int64())
    return table.column("odd").combine_chunks().take(pa.compute.sort_indices(order))


def _taken(name: str, values: pa.Array, folder: Path) -> pa.Array:
    """The values that the destination takes; those that it does not are an error that names the column."""
    taken: list[int] = []
    refused: list[int] = []
    for place in range(len(values)):
        alone = folder / f"alone-{place}"
        alone.mkdir()
        said = ""
        try:
            load(_opened(name, alone), _table(values.slice(place, 1)))
        except DestinationError as error:
            said = str(error)
        (refused if said else taken).append(place)
        assert not said or "'odd'" in said
    assert refused
    assert taken
    return values.take(pa.array(taken))


def _all_fit(read: pa.Array, promised: pa.DataType) -> bool:
    """JSON has a type for each value and none for a column: what came back may be narrower than what was promised."""
    if pa.types.is_map(promised):
        return bool(pa.types.is_struct(read.type))
    return castable(read.type, promised) and exact_or_null(read, promised).null_count == read.null_count


def _as(read: pa.Array, kind: pa.DataType) -> pa.Array:
    """What came back as values of the type that went in."""
    types = pa.types
    if types.is_null(kind):
        assert read.null_count == len(read)
        return pa.nulls(len(read))
    if types.is_map(kind) and types.is_struct(read.type):
        rows = [row and [(key, item) for key, item in row.items() if item is not None] for row in read.to_pylist()]
        return pa.array(rows, kind)
    if types.is_duration(kind) and types.is_interval(read.type):
        return pa.array([span and span.nanoseconds // 1000 for span in read.to_pylist()], kind)
    if (types.is_binary(kind) or types.is_fixed_size_binary(kind)) and types.is_string(read.type):
        return pa.array([None if text is None else base64.b64decode(text) for text in read.to_pylist()], kind)
    if types.is_float32(kind) and types.is_float64(read.type):
        # The shortest digits that name a float are the same, and name another one among twice as many.
        read = exact_or_null(read, pa.string())
    return exact_or_null(read, kind, counts=True)
