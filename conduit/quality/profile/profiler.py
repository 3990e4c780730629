"""The profile of a resource while its batches pass, counted by several threads."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.errors import ConfigError, nearest_name
from conduit.quality.columns import Column
from conduit.quality.profile.ends import Ends
from conduit.quality.profile.figures import Figures
from conduit.quality.profile.settings import ProfileSettings
from conduit.quality.profile.summary import MOST_FREQUENT, Profile, summary_of

if TYPE_CHECKING:
    from conduit.quality.profile.counter import Counter

# Less than this is gathered first: a batch costs each column some dozen calls, however few its rows are.
_WORTH_ROWS = 16_384
_WORTH_BYTES = 4 << 20


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
        self._paths = [Column(field.name, (number,), field.type) for number, field in enumerate(schema)]
        self._ends = Ends(settings.sample_rows)
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = self._waiting_bytes = 0
        self._counter: Counter | None = None

    def look(self, batch: pa.RecordBatch) -> None:
        """Add a batch; it may be looked at together with later ones."""
        with self._lock:
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
        rows = sum(batch.num_rows for batch in left)
        figures = [Figures(0, 0) for _ in self._paths]
        if self._counter is not None:
            for batch in left:
                self._counter.add(batch)
            figures = [column.figures(MOST_FREQUENT) for column in self._counter.columns()]
            rows = self._counter.rows
        elif left:
            from conduit.quality.profile.small import small_figures

            figures = [small_figures(column, left[0], MOST_FREQUENT) for column in self._paths]
        return summary_of(self._schema, figures, rows, self._ends, self._settings, self._secrets)

    def _due(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        """The batches that are to be counted now."""
        if not batch.num_rows:
            return []
        if batch.num_rows >= _WORTH_ROWS or batch.nbytes >= _WORTH_BYTES:
            return [*self._take_waiting(), batch]
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        is_worth = self._waiting_rows >= _WORTH_ROWS or self._waiting_bytes >= _WORTH_BYTES
        return self._take_waiting() if is_worth else []

    def _take_waiting(self) -> list[pa.RecordBatch]:
        waiting, self._waiting = self._waiting, []
        self._waiting_rows = self._waiting_bytes = 0
        return [pa.concat_batches(waiting)] if len(waiting) > 1 else waiting

    def _begin(self) -> Counter:
        from conduit.quality.profile.counter import Counter

        return Counter(self._paths)
