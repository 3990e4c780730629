"""Profiles of columns and tables, for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa

from conduit.quality.profile.profiler import Profiler
from conduit.quality.profile.settings import ProfileSettings
from conduit.quality.profile.summary import ColumnSummary, Profile


def profile_table(table: pa.Table, cuts: Sequence[int] = (), settings: ProfileSettings | None = None) -> Profile:
    """The profile of a table that arrives in batches which end at `cuts`."""
    profiler = Profiler(table.schema, settings or ProfileSettings())
    edges = [0, *sorted(cuts), table.num_rows]
    for start, end in pairwise(edges):
        # One batch for each part, whatever the chunks of the table are.
        for batch in table.slice(start, end - start).combine_chunks().to_batches():
            profiler.look(batch)
    return profiler.profile()


def profile_column(values: Sequence[object], kind: pa.DataType, cuts: Sequence[int] = ()) -> ColumnSummary:
    """The profile of one column."""
    return profile_table(pa.table({"x": pa.array(values, kind)}), cuts).column("x")
