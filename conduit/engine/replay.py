"""Sending rejects again: through the shape, the checks and the casts of their resource, to where it loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import pyarrow as pa

from conduit.config.project import Endpoint, Resource
from conduit.core.options import Options
from conduit.core.spec import WriteMode
from conduit.dlq.catalog import find_runs
from conduit.engine.reject_target import reject_root
from conduit.engine.replay_choice import Choice, choose
from conduit.engine.replay_source import KeptRejects, RejectSource
from conduit.errors import ConfigError
from conduit.quality.model import AnyCheck, CustomCheck, RowCheck
from conduit.registry import destination_class
from conduit.schema.conform import Conformed, Conformer, Misfits
from conduit.schema.shape import Shape
from conduit.state.replays import replayed_in


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rejects of a resource are sent again: of a run, of a check, or those that an edited file holds."""

    run: str | None = None
    check: str | None = None
    edited: Path | None = None


class Replay:
    """A selection of rejects on its way. `resource` is how it is run, `source` where it comes from."""

    def __init__(self, declared: Resource, selection: Selection, state_dir: Path) -> None:
        roots = (reject_root(declared, state_dir), state_dir / "dlq")

        def look() -> Choice:
            runs = find_runs(roots, declared.name, selection.run)
            return choose(runs, selection.check, declared.cast, replayed_in(state_dir))

        self.resource = _replaying(declared)
        self.source: RejectSource
        if selection.edited is None:
            self.source = KeptRejects(look)
        else:
            from conduit.engine.replay_edited import EditedRejects

            self.source = EditedRejects(look, selection.edited)

    @property
    def taken(self) -> Mapping[str, pa.BooleanArray]:
        """Rows of files of rejects that count as sent again when the epoch is confirmed; known after `scan`."""
        return self.source.taken

    def shape(self, place: str) -> Shape:
        """The shape that rows are brought to before they are checked; known after `scan`."""
        return ReplayShape(self.source.choice.schema, place)


class ReplayShape(Shape):
    """Brings rows that were rejected at different stages, in types of their own, to those that the checks see.

    Selecting and renaming are done with; casts are made up for. What does not fit is a reject once more.
    """

    def __init__(self, schema: pa.Schema, place: str) -> None:
        super().__init__(schema, None, {}, {}, place)
        self._where = place
        self._conformers: dict[pa.Schema, Conformer] = {}

    def apply(self, batch: pa.RecordBatch, misfits: Misfits | None = None) -> Conformed:
        conformer = self._conformers.get(batch.schema)
        if conformer is None:
            conformer = Conformer(batch.schema, self.schema, self._where, asked=True)
            self._conformers[batch.schema] = conformer
        return conformer.conform(batch, misfits)


def adding_mode(resource: Resource) -> WriteMode:
    """The mode in which rows are added to what a resource has loaded. Raises ConfigError where there is none."""
    destination = destination_class(resource.destination.type)(resource.destination.options)
    mode = resource.mode or destination.default_mode()
    if mode is not WriteMode.FULL_REFRESH:
        return mode
    if WriteMode.APPEND in destination.spec.modes:
        return WriteMode.APPEND
    raise ConfigError(
        f"The destination {resource.destination.name!r} ({resource.destination.type}) can only be refreshed in full: "
        "rejects cannot be added to it.",
        place=resource.place or f"resource {resource.name!r}",
        remedy="Correct the source and run the resource again, or export the rejects and load the file elsewhere.",
    )


def _replaying(declared: Resource) -> Resource:
    """The resource without what was done with before rows were rejected, and without what judges whole loads."""
    return replace(
        declared,
        source=Endpoint("rejects", "dead letter queue", Options()),
        mode=adding_mode(declared),
        columns=None,
        rename={},
        cast={},
        filter=None,
        limit=None,
        checks=tuple(_tolerant(check) for check in declared.checks if isinstance(check, _OF_ROWS)),
        max_failures=None,
        max_failure_rate=None,
        depends_on=(),
    )


_OF_ROWS = (*get_args(RowCheck), CustomCheck)


def _tolerant(check: AnyCheck) -> AnyCheck:
    """Shares and numbers of failures are about a load; of rejects nearly all may fail again."""
    return check.model_copy(update={"max_failures": None, "max_failure_rate": None})
