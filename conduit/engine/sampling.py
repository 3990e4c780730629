"""The schema of a resource with its evidence: scanned as a run does, judged by a sample, and nothing is loaded."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

from conduit.config.project import Resource
from conduit.core.source import Source
from conduit.core.spec import WriteMode
from conduit.errors import UsageError
from conduit.plan.request import request_of
from conduit.plan.target import target_of
from conduit.registry import destination_class, source_class
from conduit.schema.infer import Inference, Known, infer
from conduit.schema.shape import Shape

DEFAULT_ROWS = 30_000


def infer_resource(resource: Resource, rows: int = DEFAULT_ROWS) -> Inference:
    """What a run makes of the source's columns, and what up to `rows` rows of head, middle and tail say to that.

    The types are those of a run: after `columns`, `rename` and `cast`, before the destination's own. A filter does not
    count: all rows are looked at. Raises what scanning raises, UsageError for a sample of no rows.
    """
    if rows < 1:
        raise UsageError(f"A sample has at least one row, not {rows}.")
    source: Source[Any] = source_class(resource.source.type)(resource.source.options)
    notices: list[str] = []
    asked = replace(request_of(resource, partitions=3, notice=notices.append), filter=None, limit=None)
    with closing(source):
        scan = source.scan(asked)
        place = f"resource {resource.name!r}"
        shape = Shape(
            scan.schema, resource.columns, resource.rename, resource.cast, place, naming=resource.naming,
            may_be_null=resource.on_type_error == "null",
        )  # fmt: skip
        chosen = resource.columns or tuple(scan.schema.names)
        declared, masked = declared_columns(resource), _masked(resource)
        known = [
            Known(old, field, old in declared or field.name in resource.cast, field.name in masked)
            for old, field in zip(chosen, shape.schema, strict=True)
        ]
        found = infer(resource.name, known, source.sample(scan, asked, rows))
    return replace(found, notices=tuple(notices))


def declared_columns(resource: Resource) -> frozenset[str]:
    """The columns whose types the source's own options declare."""
    return frozenset(getattr(resource.source.options, "columns", ())) if takes_columns(resource) else frozenset()


def takes_columns(resource: Resource) -> bool:
    """Whether the source has an option `columns` that gives types to columns."""
    field = type(resource.source.options).model_fields.get("columns")
    return field is not None and field.annotation == dict[str, str]


def create_statements(resource: Resource, inference: Inference) -> tuple[str, ...]:
    """The statements by which the destination makes the table of a first load, in its own dialect.

    Raises UsageError where the destination has none, SchemaError for a type that has no place there.
    """
    from conduit.core.destination import WriteJob

    destination = destination_class(resource.destination.type)(resource.destination.options)
    target = target_of(resource, destination)
    mode = WriteMode.APPEND if target.mode is WriteMode.FULL_REFRESH else target.mode
    job = WriteJob(target.table, inference.schema, mode, token="", keys=resource.keys, resource=resource.name)
    statements = destination.ddl(job, None)
    if not statements:
        raise UsageError(
            f"The destination {resource.destination.type!r} makes no tables, so there is no SQL for them.",
            place=f"resource {resource.name!r}",
            remedy="Give --format json, yaml or arrow.",
        )
    return statements


def _masked(resource: Resource) -> frozenset[str]:
    return frozenset(resource.profile.mask) if resource.profile else frozenset()
