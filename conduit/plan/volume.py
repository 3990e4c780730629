"""How much a load would read, and how much of what is there it would throw away: estimates that cost no pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from conduit.config.project import Resource
from conduit.core.destination import Destination
from conduit.core.request import ReadRequest, Scan
from conduit.errors import ConduitError


@dataclass(frozen=True, slots=True)
class Volume:
    """What is read: `partitions` pieces, the largest of `largest` bytes. None is what the source cannot tell.

    `rows` are those before a filter; a limit counts, and with one `bytes` are still those of all.
    """

    partitions: int
    rows: int | None = None
    bytes: int | None = None
    largest: int | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """Data that is there and gone after the load, about: None is what cannot be told without reading it."""

    rows: int | None = None
    bytes: int | None = None


def volume_of(scan: Scan, resource: Resource) -> Volume:
    """The volume of a resource whose source was scanned."""
    rows = scan.rows_estimate
    if rows is None:
        rows = _sum(partition.rows_estimate for partition in scan.partitions)
    if resource.limit is not None and not resource.filter:
        rows = resource.limit if rows is None else min(rows, resource.limit)
    sizes = [partition.bytes_estimate for partition in scan.partitions]
    known = [size for size in sizes if size is not None]
    size = scan.bytes_estimate if scan.bytes_estimate is not None else _sum(sizes)
    return Volume(len(scan.partitions), rows, size, max(known) if known and len(known) == len(sizes) else None)


def replaced_by_refresh(destination: Destination[Any], table: str) -> Replaced:
    """What a refresh of a table that is there replaces, as its own reader estimates it."""
    reader = destination.reader(table)
    if reader is None:
        return Replaced()
    try:
        scan = reader.scan(ReadRequest())
    except ConduitError:  # too broken to be read, and no loss then
        return Replaced()
    finally:
        reader.close()
    return Replaced(scan.rows_estimate, scan.bytes_estimate)


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = list(numbers)
    return None if None in known or not known else sum(number for number in known if number is not None)
