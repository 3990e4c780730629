"""Partitions grouped into slices: large ones alone, small ones together, all in one where there is one writer."""

from __future__ import annotations

from conduit.core.request import Partition
from conduit.engine.slice import SliceTask

SLICE_BYTES = 64 << 20


def slices_of(partitions: tuple[Partition, ...], *, one_writer: bool) -> tuple[SliceTask, ...]:
    """Slices of neighbouring partitions of about SLICE_BYTES or more, in order; always at least one."""
    if one_writer or not partitions:
        return (SliceTask("0000", partitions),)
    groups: list[list[Partition]] = [[]]
    size = 0
    for partition in partitions:
        if groups[-1] and size >= SLICE_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(partition)
        size += SLICE_BYTES if partition.bytes_estimate is None else partition.bytes_estimate
    return tuple(SliceTask(f"{number:04d}", tuple(group)) for number, group in enumerate(groups))
