"""From a resource's definition to what becomes of values that do not fit their type."""

from __future__ import annotations

import pyarrow as pa

from conduit.config.project import Resource
from conduit.schema.conform import Misfits


def misfits_of(resource: Resource, target: pa.Schema) -> Misfits:
    """Never null: keys, columns that the target does not let be null, and those that a check wants to be there."""
    if resource.on_type_error != "null":
        return Misfits(resource.on_type_error)
    return Misfits("null", required_columns(resource, target))


def required_columns(resource: Resource, target: pa.Schema) -> frozenset[str]:
    """The columns of the target in which a value never becomes null."""
    required = {field.name for field in target if not field.nullable} | set(resource.keys)
    if resource.checks:
        from conduit.quality.model import NotNull

        required |= {check.column for check in resource.checks if isinstance(check, NotNull)}
    return frozenset(required)
