"""Batches as the binary format of COPY, with Arrow's and numpy's kernels: no row is looked at by itself.

A row is the number of its fields, then the length and the bytes of each. Fields of one width stand side by side in a
block of bytes; those of many widths are binary arrays; a kernel that joins binary arrays row by row makes the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.json_encode import json_texts
from conduit.connectors._lib.pg_declared import is_document, is_json
from conduit.connectors._lib.pg_numeric import numeric_block
from conduit.sdk import DestinationError, type_name

Block: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Piece: TypeAlias = "Block | pa.Array"
"""Bytes for each row: as many for every one of them, or a binary array."""

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
# A piece that stays in the processor's cache on its way through the kernels.
_ROWS, _BYTES = 1 << 13, 2 << 20
_NULL = (0xFFFFFFFF).to_bytes(4, "big")
_JSONB_VERSION = 1

_SECONDS_TO_2000, _DAYS_TO_2000 = 946_684_800, 10_957
_MICROS_TO_2000 = _SECONDS_TO_2000 * 1_000_000
# 4713 BC, where the server's calendar begins; its end is beyond Arrow's for moments.
_FIRST_MOMENT, _FIRST_DAY, _LAST_DAY = -210_866_803_200_000_000, -2_440_588, 2_145_042_905
_DAY_MICROS = 86_400_000_000
_ELEMENTS = {
    pa.bool_(): 16, pa.binary(): 17, pa.int64(): 20, pa.int16(): 21, pa.int32(): 23, pa.string(): 25,
    pa.float32(): 700, pa.float64(): 701, pa.date32(): 1082, pa.time64("us"): 1083, pa.timestamp("us"): 1114,
    pa.timestamp("us", "UTC"): 1184, pa.duration("us"): 1186, pa.month_day_nano_interval(): 1186, pa.uuid(): 2950,
}  # fmt: skip
_NUMERIC = 1700


def encoded(batch: pa.RecordBatch, place: str) -> Iterator[pa.Buffer]:
    """The rows of the batch, whose columns have stored types, in pieces; without HEADER and TRAILER.

    Raises DestinationError, naming the column, for a value that the server has no place for.
    """
    step = max(1, min(_ROWS, _BYTES * batch.num_rows // max(batch.nbytes, 1)))
    for start in range(0, batch.num_rows, step):
        rows = batch.slice(start, step)
        count = np.full((rows.num_rows, 2), np.frombuffer(rows.num_columns.to_bytes(2, "big"), np.uint8))
        pieces: list[Piece] = [count]
        for field, values in zip(rows.schema, rows.columns, strict=True):
            pieces += _field(values, f"{place}, column {field.name!r}")
        yield _bytes(_joined(pieces))


def _field(values: pa.Array, place: str) -> list[Piece]:
    """The length and the bytes of each value."""
    kind, types = values.type, pa.types
    if is_document(kind):
        # A float that is no number is a text in JSON.
        texts = values.storage if is_json(kind) else json_texts(values, place)
        return _varying(texts.cast(pa.binary()), place, prefix=_JSONB_VERSION)
    if types.is_list(kind):
        return _array(values, place)
    if types.is_string(kind):
        _refuse_nul(values, place)
        return _varying(values.view(pa.binary()), place)
    if types.is_binary(kind):
        return _varying(values, place)
    return _fixed(values, numeric_block(values) if types.is_decimal(kind) else _block(values, place))


def _fixed(values: pa.Array, block: Block) -> list[Piece]:
    rows, width = block.shape
    if not values.null_count:
        return [_repeated(width, rows), block]
    lengths = np.where(_valid(values), 4 + width, 4)
    whole = np.empty((rows, 4 + width), np.uint8)
    whole[:, :4] = np.where(_valid(values)[:, None], _repeated(width, 1), np.frombuffer(_NULL, np.uint8))
    whole[:, 4:] = block
    return [_ragged(whole, lengths)]


def _varying(values: pa.Array, place: str, prefix: int | None = None) -> list[Piece]:
    """Binary values behind their length, and behind a byte that is the same for all."""
    if values.null_count:
        valid = _valid(values)
        values = pc.fill_null(values, b"")
    else:
        valid = None
    bounds = _offsets(values)
    lengths = np.diff(bounds)
    if prefix is None:
        width = int(lengths[0]) if len(lengths) else 0
        if valid is None and width and (lengths == width).all():
            # Codes of one length need not be joined one by one.
            data = np.frombuffer(values.buffers()[2], np.uint8)[bounds[0] : bounds[-1]]
            return [_repeated(width, len(lengths)), data.reshape(-1, width)]
        stated = lengths if valid is None else np.where(valid, lengths, -1)
        return [stated.astype(">i4").view(np.uint8).reshape(-1, 4), values]
    head = np.empty((len(values), 5), np.uint8)
    stated = lengths + 1 if valid is None else np.where(valid, lengths + 1, -1)
    head[:, :4] = stated.astype(">i4").view(np.uint8).reshape(-1, 4)
    head[:, 4] = prefix
    return [head if valid is None else _ragged(head, np.where(valid, 5, 4)), values]


def _array(values: pa.ListArray, place: str) -> list[Piece]:
    """One-dimensional arrays: a header, then their items as fields."""
    item, rows = values.type.value_type, len(values)
    oid = _NUMERIC if pa.types.is_decimal(item) else _ELEMENTS.get(item)
    if oid is None:
        raise DestinationError(f"PostgreSQL has no arrays of {type_name(item)}.", place=place)
    valid = _valid(values)
    lengths = pc.fill_null(pc.list_value_length(values), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    items = values.flatten()  # of what is there; a null list may have items below it
    fields = _joined(_field(items, place)) if len(items) else pa.array([], pa.binary())
    ends = np.concatenate([[0], np.cumsum(lengths)])
    bounds = _offsets(fields)[ends] if len(items) else np.zeros(rows + 1, np.int32)
    data = pa.Array.from_buffers(pa.binary(), rows, [None, pa.py_buffer(bounds), fields.buffers()[2]])
    filled = lengths > 0
    sizes = np.where(filled, 20 + np.diff(bounds), 12)
    head = np.empty((rows, 6), ">i4")
    head[:, 0] = np.where(valid, sizes, -1)
    head[:, 1] = filled
    head[:, 2] = 1 if items.null_count else 0
    head[:, 3] = oid
    head[:, 4] = lengths
    head[:, 5] = 1
    widths = np.where(valid, np.where(filled, 24, 16), 4)
    block = head.view(np.uint8)
    return [block if (widths == 24).all() else _ragged(block, widths), data]


def _block(values: pa.Array, place: str) -> Block:
    """Values of a type of one width, as the server's functions for binary input take them."""
    kind = values.type
    if kind == pa.uuid():
        storage = values.storage
        data = np.frombuffer(storage.buffers()[1], np.uint8)
        return data[storage.offset * 16 : (storage.offset + len(storage)) * 16].reshape(-1, 16)
    if pa.types.is_boolean(kind):
        bits: Block = values.fill_null(False).cast(pa.uint8()).to_numpy()
        return bits.reshape(-1, 1)
    if pa.types.is_interval(kind):
        return _intervals(values, place)
    if pa.types.is_duration(kind):
        spans = np.zeros((len(values), 16), np.uint8)
        spans[:, :8] = _big(_numbers(values, np.int64))
        return spans
    return _SCALARS[kind](values, place)


def _intervals(values: pa.Array, place: str) -> Block:
    parts = np.frombuffer(values.buffers()[1], np.dtype([("months", "<i4"), ("days", "<i4"), ("nanos", "<i8")]))[
        values.offset : values.offset + len(values)
    ]
    nanos = np.where(_valid(values), parts["nanos"], 0)
    if (nanos % 1000).any():
        raise _no_place("an interval finer than a microsecond", place)
    made = np.empty(len(values), np.dtype([("micros", ">i8"), ("days", ">i4"), ("months", ">i4")]))
    made["micros"], made["days"], made["months"] = nanos // 1000, parts["days"], parts["months"]
    return made.view(np.uint8).reshape(-1, 16)


def _days(values: pa.Array, place: str) -> Block:
    days = _within(values, _numbers(values, np.int32), _FIRST_DAY, _LAST_DAY, "a date", place)
    return _big(days - np.int32(_DAYS_TO_2000))


def _moments(values: pa.Array, place: str) -> Block:
    micros = _within(values, _numbers(values, np.int64), _FIRST_MOMENT, 2**63 - 1, "a moment", place)
    return _big(micros - _MICROS_TO_2000)


def _times(values: pa.Array, place: str) -> Block:
    return _big(_within(values, _numbers(values, np.int64), 0, _DAY_MICROS, "a time of day", place))


def _plain(kind: str) -> Callable[[pa.Array, str], Block]:
    return lambda values, place: _big(_numbers(values, np.dtype(kind)))


_SCALARS: dict[pa.DataType, Callable[[pa.Array, str], Block]] = {
    pa.int16(): _plain("i2"), pa.int32(): _plain("i4"), pa.int64(): _plain("i8"), pa.float32(): _plain("f4"),
    pa.float64(): _plain("f8"), pa.date32(): _days, pa.time64("us"): _times, pa.timestamp("us"): _moments,
    pa.timestamp("us", "UTC"): _moments,
}  # fmt: skip


def _within(values: pa.Array, numbers: Block, least: int, most: int, what: str, place: str) -> Block:
    """The numbers, 0 where the value is null. Raises DestinationError when one is out of bounds."""
    if values.null_count:
        numbers = np.where(_valid(values), numbers, numbers.dtype.type(0))
    if len(numbers) and (int(numbers.min()) < least or int(numbers.max()) > most):
        raise _no_place(f"{what} that its calendar does not reach", place)
    return numbers


def _refuse_nul(values: pa.Array, place: str) -> None:
    _, bounds, data = values.buffers()
    if data is None or not len(values):
        return
    offsets = np.frombuffer(bounds, np.int32)
    octets = np.frombuffer(data, np.uint8)[offsets[values.offset] : offsets[values.offset + len(values)]]
    if len(octets) and not octets.min():
        raise _no_place("a text with a NUL character in it", place)


def _no_place(what: str, place: str) -> DestinationError:
    return DestinationError(
        f"PostgreSQL has no place for {what}.", place=place, remedy="Correct it, or reject such rows with a check."
    )


def _numbers(values: pa.Array, kind: Any) -> Block:
    return np.frombuffer(values.buffers()[1], kind)[values.offset : values.offset + len(values)]


def _big(numbers: Block) -> Block:
    width = numbers.dtype.itemsize
    return numbers.astype(numbers.dtype.newbyteorder(">")).view(np.uint8).reshape(-1, width)


def _repeated(width: int, rows: int) -> Block:
    return np.broadcast_to(np.frombuffer(width.to_bytes(4, "big"), np.uint8), (rows, 4))


def _ragged(block: Block, lengths: Block) -> pa.Array:
    """The first so many bytes of each row."""
    kept = block[np.arange(block.shape[1]) < lengths[:, None]]
    bounds = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.Array.from_buffers(pa.binary(), len(block), [None, pa.py_buffer(bounds), pa.py_buffer(kept)])


def _joined(pieces: Sequence[Piece]) -> pa.Array:
    """The bytes of each row, one piece behind the other."""
    arrays: list[pa.Array] = []
    side_by_side: list[Block] = []
    for piece in [*pieces, None]:
        if isinstance(piece, np.ndarray):
            side_by_side.append(piece)
            continue
        if side_by_side:
            arrays.append(_even(np.concatenate(side_by_side, axis=1)))
            side_by_side = []
        if piece is not None:
            arrays.append(piece)
    return arrays[0] if len(arrays) == 1 else pc.binary_join_element_wise(*arrays, b"")


def _even(block: Block) -> pa.Array:
    rows, width = block.shape
    bounds = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    data = pa.py_buffer(np.ascontiguousarray(block))
    return pa.Array.from_buffers(pa.binary(), rows, [None, pa.py_buffer(bounds), data])


def _offsets(values: pa.Array) -> Block:
    return np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]


def _bytes(rows: pa.Array) -> pa.Buffer:
    bounds = _offsets(rows)
    return rows.buffers()[2].slice(int(bounds[0]), int(bounds[-1] - bounds[0]))


def _valid(values: pa.Array) -> Block:
    valid: Block = values.is_valid().to_numpy(zero_copy_only=False)
    return valid
