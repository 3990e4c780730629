"""What looking at source and destination settles of a load, before a row is read: the same for a run and for a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from conduit.config.project import Resource
from conduit.core.destination import Destination
from conduit.core.request import ReadRequest, Scan
from conduit.core.source import Source
from conduit.core.spec import WriteMode
from conduit.errors import SchemaError
from conduit.plan.target import require_mode, target_of
from conduit.schema.reconcile import Reconciled, reconcile
from conduit.schema.shape import Shape


@dataclass(frozen=True, slots=True)
class Settled:
    """What is read and how, the shape that rows get, and how that meets what is there.

    `stored` is what the destination makes of the shape's types. `existing` is the structure of what is there; None
    where nothing is, or where a refresh does not ask.
    """

    mode: WriteMode
    table: str
    request: ReadRequest
    scan: Scan
    shape: Shape
    stored: pa.Schema
    reconciled: Reconciled
    existing: pa.Schema | None


def settle(
    resource: Resource,
    source: Source[Any],
    destination: Destination[Any],
    request: ReadRequest,
    accepted: pa.Schema | None,
    *,
    shape: Callable[[], Shape] | None = None,
) -> Settled:
    """Scan the source, describe the destination, and reconcile what comes with what is there.

    `accepted` is the structure of the last load, None before the first. `shape` gives, once the source is scanned, a
    shape other than the resource's own. Raises SchemaError with all that stands against the load, ConfigError and
    UnknownName for what the resource says wrong, and what the connectors raise.
    """
    target = target_of(resource, destination)
    require_mode(resource, destination, target.mode)
    scan = source.scan(request)
    shaped = shape() if shape else shape_of(resource, scan)
    # Without a contract a refresh replaces whatever is there, be it even too broken to be looked at.
    looks = target.mode is not WriteMode.FULL_REFRESH or resource.contract.enabled
    existing = destination.describe(target.table) if looks else None
    stored, refused = stored_of(destination, shaped.schema)
    reconciled = reconcile(
        shaped.schema,
        stored,
        existing,
        accepted,
        resource.contract,
        destination.spec,
        target.mode,
        place=target.place,
        table=target.table,
        refused=refused,
    )
    return Settled(target.mode, target.table, request, scan, shaped, stored, reconciled, existing)


def shape_of(resource: Resource, scan: Scan) -> Shape:
    """The resource's own shape. Raises UnknownName and ConfigError for what cannot be of what was scanned."""
    return Shape(
        scan.schema,
        resource.columns,
        resource.rename,
        resource.cast,
        f"resource {resource.name!r}",
        naming=resource.naming,
        may_be_null=resource.on_type_error == "null",
    )


def stored_of(destination: Destination[Any], schema: pa.Schema) -> tuple[pa.Schema, tuple[SchemaError, ...]]:
    """What the destination makes of the types, and what it says of each column that has no place there."""
    try:
        return destination.stored(schema), ()
    except SchemaError:
        fields, refused = [], []
        for field in schema:
            try:
                fields.append(destination.stored(pa.schema([field])).field(0))
            except SchemaError as no_place:
                fields.append(field)
                refused.append(no_place)
        if not refused:
            raise
        return pa.schema(fields), tuple(refused)
