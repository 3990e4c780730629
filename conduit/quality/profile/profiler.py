"""The profile of a resource while its batches pass, counted by several threads."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.core.rows import as_promised
from conduit.errors import ConfigError, nearest_name
from conduit.quality.columns import Column
from conduit.quality.profile.ends import Ends
from conduit.quality.profile.figures import Figures
from conduit.quality.profile.look import Look
from conduit.quality.profile.numbers import extent_of, is_profiled
from conduit.quality.profile.rows import ALL_UP_TO
from conduit.quality.profile.settings import ProfileSettings
from conduit.quality.profile.summary import MOST_FREQUENT, Profile, summary_of

if TYPE_CHECKING:
    from conduit.quality.profile.counter import Counter

# Smaller batches are gathered: a batch costs each column some calls, however few its rows are.
_WORTH_ROWS = 2_048
_HELD_BYTES = 16 << 20


class Profiler:
    """Looks at batches of one schema; memory does not grow with their number. Raises ConfigError for unknown columns.

    `secrets` are texts that no value may show.
    """

    def __init__(self, schema: pa.Schema, settings: ProfileSettings, secrets: tuple[str, ...] = ()) -> None:
        for name in settings.mask:
            if name not in schema.names:
                near = nearest_name(name, schema.names)
                raise ConfigError(
                    f"There is no column {name!r}.",
                    place="profile.mask",
                    remedy=f"Did you mean {near!r}?" if near else f"Columns: {', '.join(schema.names)}.",
                )
        self._schema = schema
        self._settings = settings
        self._secrets = secrets
        self._lock = Lock()
        self._rows = 0
        self._ends = Ends(settings.sample_rows)
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = self._waiting_bytes = 0
        self._counter: Counter | None = None

    def look(self, batch: pa.RecordBatch) -> None:
        """Add a batch; it may be looked at together with later ones."""
        with self._lock:
            self._rows += batch.num_rows
            self._ends.add(batch)
            due = self._due(batch)
            if due and self._counter is None:
                self._counter = self._begin()
        for one in due:
            assert self._counter is not None, "begun with the first that is due"
            self._counter.add(one)

    def profile(self) -> Profile:
        """The profile of all batches; none may come afterwards."""
        with self._lock:
            left = self._take_waiting()
        figures = [Figures() for _ in self._schema]
        if self._counter is not None:
            for batch in left:
                self._counter.add(batch)
            figures = self._counter.figures(MOST_FREQUENT)
        elif left:
            figures = [_figures_of_all(left[0], number) for number in range(len(self._schema))]
        return summary_of(self._schema, figures, self._rows, self._ends, self._settings, self._secrets)

    def _due(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        """The batches that are to be counted now; none while all of them can be looked at together in the end."""
        if not batch.num_rows:
            return []
        if self._counter is not None and batch.num_rows >= _WORTH_ROWS:
            return [batch]
        self._waiting.append(as_promised(batch, self._schema))
        self._waiting_rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        enough = ALL_UP_TO + 1 if self._counter is None else _WORTH_ROWS
        return self._take_waiting() if self._waiting_rows >= enough or self._waiting_bytes >= _HELD_BYTES else []

    def _take_waiting(self) -> list[pa.RecordBatch]:
        waiting, self._waiting = self._waiting, []
        self._waiting_rows = self._waiting_bytes = 0
        return [pa.concat_batches(waiting)] if len(waiting) > 1 else waiting

    def _begin(self) -> Counter:
        from conduit.quality.profile.counter import Counter

        return Counter(self._schema)


def _figures_of_all(batch: pa.RecordBatch, number: int) -> Figures:
    column = Column(batch.schema[number].name, (number,), batch.schema[number].type)
    extent, values = extent_of(column, batch), column.values(batch)
    return Figures.of_all(extent, Look.at(values) if is_profiled(values.type) else Look(), MOST_FREQUENT)
