"""What the matrix of types says of a pair is what conforming does to values at the edges of the type.

People decide by the matrix whether a load can lose rows; it is derived from types, and this compares it with values.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from conduit.core.exact_casts import castable, exact_or_null
from conduit.core.fidelity import CANONICAL, Canonical, Fidelity, fidelity
from conduit.errors import SchemaError
from conduit.schema.conform import Conformer
from tests.core.edge_values import edge_values, same

KINDS = [canonical.type for canonical in CANONICAL]


@pytest.mark.parametrize("source", CANONICAL, ids=lambda canonical: canonical.name)
def test_each_type_becomes_each_other_as_the_matrix_says(source: Canonical) -> None:
    wrong = [f"{source.name} as {target}: {said}" for target in KINDS if (said := _contradiction(source.type, target))]
    assert wrong == []


def test_a_type_is_equal_to_itself_and_to_its_forms_of_storage() -> None:
    assert [kind for kind in KINDS if fidelity(kind, kind) is not Fidelity.LOSSLESS] == []
    assert fidelity(pa.dictionary(pa.int8(), pa.string()), pa.large_string()) is Fidelity.LOSSLESS
    assert fidelity(pa.timestamp("us", "Europe/Oslo"), pa.timestamp("us", "UTC")) is Fidelity.LOSSLESS


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        (pa.int32(), pa.int64(), Fidelity.WIDENED),
        (pa.uint64(), pa.int64(), Fidelity.LOSSY),
        (pa.int64(), pa.float64(), Fidelity.LOSSY),
        (pa.decimal128(12, 2), pa.float64(), Fidelity.LOSSY),
        (pa.timestamp("us"), pa.timestamp("ns"), Fidelity.LOSSY),
        (pa.timestamp("us"), pa.timestamp("us", "UTC"), Fidelity.REFUSED),
        (pa.int64(), pa.timestamp("us"), Fidelity.REFUSED),
        (pa.int64(), pa.string(), Fidelity.WIDENED),
        (pa.null(), pa.list_(pa.int64()), Fidelity.WIDENED),
    ],
    ids=str,
)
def test_what_hurts_when_it_goes_unsaid_is_said(source: pa.DataType, target: pa.DataType, said: Fidelity) -> None:
    assert fidelity(source, target) is said


def _contradiction(source: pa.DataType, target: pa.DataType) -> str:
    """How conforming the edge values contradicts the matrix; nothing where it does not."""
    said = fidelity(source, target)
    values = edge_values(source)
    batch = pa.RecordBatch.from_arrays([values], names=["x"])
    try:
        conformer = Conformer(batch.schema, pa.schema([("x", target)]), "here")
    except SchemaError:
        return "" if said is Fidelity.REFUSED else f"{said.value}, but there is no cast"
    if said is Fidelity.REFUSED:
        return "refused, but there is a cast"
    found = conformer.conform(batch)
    rejected = found.rejected.rows.num_rows if found.rejected else 0
    if found.passed.num_rows + rejected != len(values):
        return "a value is neither kept nor rejected"
    if said is not Fidelity.LOSSY and rejected:
        return f"{said.value}, but {rejected} are rejected"
    # A float names each decimal of up to 15 digits, and yet it is another number.
    if said is Fidelity.LOSSY and not rejected and not (pa.types.is_decimal(source) and pa.types.is_floating(target)):
        return "lossy, but none is rejected"
    numbers = set(found.rejected.numbers.to_pylist()) if found.rejected else set()
    kept = values.take(pa.array([n for n in range(len(values)) if n not in numbers], pa.int64()))
    cast = found.passed.column("x")
    if _is_text(source) and not _is_text(target):
        # "1e2" is the number that it spells, and is not spelled like that by it.
        kept, cast = cast, exact_or_null(cast, pa.string())
    if not castable(cast.type, kept.type):
        return ""
    back = exact_or_null(cast, kept.type)
    return "" if same(back, kept) else f"changed: {kept.to_pylist()} came back as {back.to_pylist()}"


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_binary(kind) or types.is_fixed_size_binary(kind))
