"""The data that the suites move: small tables of every type, extremes and awkward names among them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa

COMMON_TYPES: tuple[pa.DataType, ...] = (
    pa.bool_(),
    pa.int32(),
    pa.int64(),
    pa.float64(),
    pa.decimal128(12, 2),
    pa.decimal128(38, 10),
    pa.string(),
    pa.date32(),
    pa.timestamp("us"),
    pa.timestamp("us", "UTC"),
)
NESTED_TYPES: tuple[pa.DataType, ...] = (
    pa.list_(pa.int64()),
    pa.struct([("x", pa.int64()), ("y", pa.string())]),
    pa.list_(pa.struct([("x", pa.int64())])),
)

AWKWARD_NAMES = (
    "select", "two words", "Größe", "名前", "semi;colon", "com,ma", "pi|pe", "ap'ostrophe", 'quo"te', "back`tick",
    "back\\slash", "a.b", "100%", "%s", "{brace}", "$dollar", "-dash", "1st", "--", "/* */", "🦆",
)  # fmt: skip
"""Names that break whoever builds SQL, paths or formats by pasting text; each is a column or a table somewhere."""

_EXAMPLES: dict[pa.DataType, list[object]] = {
    pa.bool_(): [True, False, True, None],
    pa.date32(): [date(2024, 2, 29), date(1969, 12, 31), date(9999, 12, 31), None],
    pa.binary(): [b"bytes", b"\x00\xff", b"", None],
}
_TEXTS: list[object] = [
    "plain",
    "",
    " two  spaces ",
    "Zoë 🦆",
    'quote " and , comma',
    "line\nbreak",
    "NULL",
    "007",
    None,
]


def examples(kind: pa.DataType) -> pa.Array:
    """A handful of values of `kind`: usual ones, the extremes, and one NULL at the end."""
    return pa.array(_values(kind), kind)


def _values(kind: pa.DataType) -> list[object]:
    if kind in _EXAMPLES:
        return _EXAMPLES[kind]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _TEXTS
    if pa.types.is_integer(kind):
        signed = pa.types.is_signed_integer(kind)
        most = 2 ** (kind.bit_width - signed) - 1
        return [1, 0, most, -most - 1 if signed else most - 1, None]
    if pa.types.is_floating(kind):
        # Sums of powers of two that every float width holds exactly.
        return [0.5, -1.25, 0.0, 1024.0, -(2.0**-10), None]
    if pa.types.is_decimal(kind):
        unit = Decimal(1).scaleb(-kind.scale)
        most = (Decimal(10**kind.precision) - 1).scaleb(-kind.scale)
        return [unit, most if kind.precision <= 28 else unit * 10**20, -unit, Decimal(0), None]
    if pa.types.is_timestamp(kind):
        zone = UTC if kind.tz else None
        moments = [datetime(2024, 2, 29, 23, 59, 59), datetime(1969, 12, 31, 0, 0, 1), datetime(2200, 1, 1)]
        fraction = timedelta(microseconds={"s": 0, "ms": 123_000}.get(kind.unit, 123_456))
        return [*((moment + fraction).replace(tzinfo=zone) for moment in moments), None]
    if pa.types.is_time(kind):
        return [time(23, 59, 59), time(0, 0), None]
    if pa.types.is_duration(kind):
        return [timedelta(days=1, seconds=1), timedelta(0), None]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = _values(kind.value_type)
        return [inner[:2], [], inner[:1], None]
    if pa.types.is_struct(kind):
        children = [_values(field.type) for field in kind]
        return [*({field.name: own[i] for field, own in zip(kind, children)} for i in range(2)), None]
    raise TypeError(f"The suites have no examples of {kind}.")


def every_type(kinds: tuple[pa.DataType, ...]) -> pa.Table:
    """One row number and one column per type, as many rows as the longest list of examples needs."""
    columns = [examples(kind) for kind in kinds]
    rows = max((len(column) for column in columns), default=1)
    padded = [pa.concat_arrays([column, pa.nulls(rows - len(column), column.type)]) for column in columns]
    return pa.table(
        [pa.array(range(rows), pa.int64()), *padded], names=["row", *(f"c{i}" for i, _ in enumerate(padded))]
    )


def sample(rows: int, *, first: int = 0) -> pa.Table:
    """Rows with a unique id, a name that repeats and is NULL at times, and a score; the same at every call."""
    import polars as pl

    ids = pl.int_range(first, first + rows, dtype=pl.Int64)
    frame = pl.select(
        id=ids,
        name=pl.when(ids % 7 != 3).then(pl.concat_str(pl.lit("name "), (ids % 13).cast(pl.String))),
        score=pl.when(ids % 11 != 5).then(ids.cast(pl.Float64) / 8 + 0.125),
    )
    schema = pa.schema([("id", pa.int64()), ("name", pa.string()), ("score", pa.float64())])
    return pa.table({name: frame[name].to_arrow().cast(schema.field(name).type) for name in schema.names}, schema)


def bulk_batches(total_bytes: int, batch_bytes: int = 1 << 20) -> Iterator[pa.RecordBatch]:
    """About `total_bytes` of wide rows, made one batch at a time; no two rows are alike."""
    import polars as pl

    rows = max(1, batch_bytes // 264)
    schema = pa.schema([("id", pa.int64()), ("payload", pa.string())])
    for first in range(0, max(1, total_bytes // 264), rows):
        ids = pl.int_range(first, first + rows, dtype=pl.Int64)
        pieces = [(ids * step + 1_000_003).cast(pl.String).str.zfill(16) for step in range(7, 23)]
        frame = pl.select(id=ids, payload=pl.concat_str(*pieces))
        yield pa.RecordBatch.from_arrays([frame[f.name].to_arrow().cast(f.type) for f in schema], schema=schema)


def bulk(total_bytes: int) -> pa.Table:
    """The rows of `bulk_batches` as one table."""
    return pa.Table.from_batches(bulk_batches(total_bytes))
