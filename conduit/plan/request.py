"""What a resource asks of its source."""

from __future__ import annotations

from collections.abc import Callable

from conduit.config.project import Resource
from conduit.core.predicate import parse_predicate
from conduit.core.request import ReadRequest
from conduit.errors import ConfigError


def request_of(resource: Resource, *, partitions: int, notice: Callable[[str], None]) -> ReadRequest:
    """The request of a resource, which the source may absorb in part. Raises ConfigError for a filter that is none."""
    columns = resource.columns
    if columns is not None and resource.filter:
        columns = tuple(dict.fromkeys((*columns, *filter_columns(resource.filter))))
    return ReadRequest(
        columns=columns,
        filter=parse_predicate(resource.filter) if resource.filter else None,
        # A limit counts the rows that pass the filter: only the engine can, when there is one.
        limit=None if resource.filter else resource.limit,
        partitions=partitions,
        notice=notice,
    )


def filter_columns(text: str) -> tuple[str, ...]:
    """The columns that a filter reads."""
    import polars as pl

    try:
        return tuple(pl.sql_expr(text).meta.root_names())
    except pl.exceptions.PolarsError as bad:
        raise ConfigError(f"The filter {text!r} is not understood: {bad}.") from bad
