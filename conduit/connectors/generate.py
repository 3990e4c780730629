"""Generate: synthetic rows of a given schema and count, the same on every machine, for demos and benchmarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import pyarrow as pa
from pydantic import field_validator

from conduit.connectors._lib import synthetic
from conduit.connectors._lib.synthetic import Column
from conduit.errors import UnknownName
from conduit.sdk import (
    Mark,
    Message,
    Options,
    Partition,
    Position,
    ReadRequest,
    Rows,
    Scan,
    Source,
    SourceError,
    SourceSpec,
    option,
)

_LEAST_ROWS_OF_A_PARTITION = 50_000

_NAMES = (
    "Ada Lovelace", "Alan Turing", "Barbara Liskov", "Chinua Achebe", "Dorothy Vaughan", "Edsger Dijkstra",
    "Frances Allen", "Grace Hopper", "Hedy Lamarr", "Ibn Sina", "José Saramago", "Katherine Johnson", "Linus Pauling",
    "Margaret Hamilton", "Niels Bohr", "Olga Tokarczuk", "Pelé Nascimento", "Radia Perlman", "Søren Kierkegaard",
    "Tu Youyou", "Umberto Eco", "Wisława Szymborska", "Xu Zhimo", "Zora Hurston",
)  # fmt: skip
_COUNTRIES = ("BR", "CN", "DE", "EG", "FR", "GB", "IN", "JP", "KE", "MX", "NG", "NO", "PL", "PT", "US", "ZA")

DEFAULT_COLUMNS = {
    "id": Column(type="sequence"),
    "name": Column(type="string", values=_NAMES),
    "email": Column(type="string", template="user{}@example.com"),
    "amount": Column(type="decimal(10,2)", min="1.00", max="999.99"),
    "created_at": Column(type="timestamp[us]", min="2024-01-01 00:00:00", max="2025-12-31 23:59:59"),
    "active": Column(type="bool"),
    "country": Column(type="string", values=_COUNTRIES, null_rate=0.05),
}


class GenerateSourceOptions(Options):
    rows: int = option(1_000, description="How many rows to generate.", example=1_000_000, ge=0)
    columns: Mapping[str, Column] | None = option(
        None,
        description="Column name to type, or to a description of its values; when absent: customers, as id, name, "
        "email, amount, created_at, active, country.",
        example={"id": "sequence", "score": {"type": "int64", "min": 0, "max": 10}, "note": "string"},
        min_length=1,
    )
    seed: int = option(0, description="Another seed gives other values of the same kind.", example=42)
    partitions: int | None = option(
        None, description="How many pieces can be read side by side; chosen for the machine when absent.", ge=1
    )

    @field_validator("columns", mode="before")
    @classmethod
    def _types_are_columns(cls, columns: Any) -> Any:
        if not isinstance(columns, Mapping):
            return columns
        return {name: {"type": given} if isinstance(given, str) else given for name, given in columns.items()}


class GenerateSource(Source[GenerateSourceOptions]):
    """Rows that depend on the seed alone: every partitioning and every resume gives the same ones."""

    spec = SourceSpec(
        name="generate",
        summary="Synthetic rows of any schema and count, for demos and benchmarks.",
        resume=True,
        absorbs=frozenset({"columns", "limit"}),
    )
    options_model = GenerateSourceOptions

    def scan(self, request: ReadRequest) -> Scan:
        columns = self._chosen(request.columns)
        # Rows that the engine still has to filter must all arrive before it counts them.
        limit = request.limit if request.filter is None and request.cursor is None else None
        rows = self.options.rows if limit is None else min(self.options.rows, limit)
        useful = max(1, min(request.partitions, rows // _LEAST_ROWS_OF_A_PARTITION))
        pieces = max(1, min(self.options.partitions or useful, rows))
        cuts = [rows * piece // pieces for piece in range(pieces + 1)]
        return Scan(
            schema=pa.schema([(name, column.kind) for name, column in columns.items()]),
            partitions=tuple(
                Partition(id=f"rows-{first}-{last}", spec=[first, last], rows_estimate=last - first)
                for first, last in pairwise(cuts)
            ),
            absorbed=replace(request, filter=None, cursor=None, limit=limit),
            rows_estimate=rows,
            fingerprint=blake2b(self.options.model_dump_json().encode(), digest_size=16).hexdigest(),
        )

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        columns = self._chosen(request.columns)
        first, last = _range(partition.spec)
        row = first if resume is None else _range([resume.value, last])[0]
        size = _rows_of_a_batch(columns, self.options.seed, request.batch_bytes)
        while row < last:
            count = min(size, last - row)
            yield Rows(_batch(columns, self.options.seed, row, count))
            row += count
            yield Mark(Position(row))

    def _chosen(self, names: tuple[str, ...] | None) -> Mapping[str, Column]:
        have = self.options.columns or DEFAULT_COLUMNS
        if names is None:
            return have
        for name in names:
            if name not in have:
                unknown = UnknownName.among("column", name, have)
                raise SourceError(unknown.message, remedy=unknown.remedy, place="generate")
        return {name: have[name] for name in names}


def _range(spec: object) -> tuple[int, int]:
    match spec:
        case [int(first), int(last)]:
            return first, last
    raise SourceError(f"{spec!r} is no range of rows.", place="generate", remedy="Run without the stored position.")


def _rows_of_a_batch(columns: Mapping[str, Column], seed: int, batch_bytes: int) -> int:
    sample = _batch(columns, seed, 0, 128)
    return int(max(1, batch_bytes * sample.num_rows // max(1, sample.nbytes)))


def _batch(columns: Mapping[str, Column], seed: int, first: int, count: int) -> pa.RecordBatch:
    arrays = [synthetic.values(column, name, seed, first, count) for name, column in columns.items()]
    schema = pa.schema([(name, column.kind) for name, column in columns.items()])
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


SOURCE = GenerateSource
