"""A light profile of what a source has now: of a few thousand rows from its head, middle and tail."""

from __future__ import annotations

from typing import Any

from conduit.core.request import ReadRequest, Scan
from conduit.core.sample import sample_partitions
from conduit.core.source import Source
from conduit.quality.profile.settings import ProfileSettings
from conduit.schema.shape import Shape

_ROWS = 6_000


def sampled_profile(source: Source[Any], request: ReadRequest, scan: Scan, shape: Shape) -> dict[str, Any]:
    """The profile as a manifest would have it. Rows that do not fit are passed over."""
    from conduit.quality.profile.profiler import Profiler

    profiler = Profiler(shape.schema, ProfileSettings(sample_rows=0))
    for sample in sample_partitions(source, scan, request, _ROWS):
        if sample.rows.num_rows:
            profiler.look(shape.apply(sample.rows).passed)
    return profiler.profile().as_dict()
