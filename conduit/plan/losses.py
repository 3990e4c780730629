"""Columns of which a value may not fit the type that it is to have, and what becomes of such a value then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pyarrow as pa

from conduit.config.project import Resource
from conduit.core.fidelity import Fidelity, fidelity
from conduit.core.types import type_name
from conduit.plan.misfits import required_columns
from conduit.plan.settle import Settled

Then: TypeAlias = Literal["reject", "fail", "null"]


@dataclass(frozen=True, slots=True)
class Loss:
    """A cast that may not keep every value: asked for with `cast:`, or made to fit the table.

    What does not fit is a `reject`, makes the run `fail`, or becomes `null` and is counted. Nothing is ever rounded.
    """

    column: str
    old: str
    new: str
    asked: bool
    then: Then


def losses_of(resource: Resource, settled: Settled) -> tuple[Loss, ...]:
    """The casts of a load that may lose a value, in the order of its columns."""
    shape, reconciled = settled.shape.schema, settled.reconciled
    required = required_columns(resource, reconciled.target)
    found = []
    for name, old, new, asked in (*_asked(resource, settled), *_made(shape, reconciled.target)):
        if old.equals(new) or fidelity(old, new) is not Fidelity.LOSSY:
            continue
        nulling = resource.on_type_error == "null" or (not asked and name in reconciled.nulling)
        found.append(Loss(name, type_name(old), type_name(new), asked, _then(resource, nulling, name in required)))
    return tuple(found)


def _asked(resource: Resource, settled: Settled) -> Iterator[tuple[str, pa.DataType, pa.DataType, bool]]:
    source = settled.scan.schema
    chosen = resource.columns or tuple(source.names)
    for old, field in zip(chosen, settled.shape.schema, strict=True):
        if field.name in resource.cast:
            yield field.name, source.field(old).type, field.type, True


def _made(shape: pa.Schema, target: pa.Schema) -> Iterator[tuple[str, pa.DataType, pa.DataType, bool]]:
    for field in target:
        if field.name in shape.names:
            yield field.name, shape.field(field.name).type, field.type, False


def _then(resource: Resource, nulling: bool, required: bool) -> Then:
    if nulling and not required:
        return "null"
    return "fail" if resource.on_type_error == "fail" or resource.on_reject == "fail" else "reject"
