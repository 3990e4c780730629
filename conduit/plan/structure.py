"""Changes of structure as SQL: the destination's own statements, or comments that say what they would do."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from conduit.core.change import AddColumn, RelaxColumn, SchemaChange, WidenColumn
from conduit.core.destination import Destination, WriteJob
from conduit.core.types import type_name


def statements(destination: Destination[Any], job: WriteJob, existing: pa.Schema | None) -> tuple[str, ...]:
    """What committing `job` runs for its changes; for a destination without statements a comment for each change."""
    if not job.changes:
        return ()
    return destination.ddl(job, existing) or tuple(f"-- {described(change)}" for change in job.changes)


def described(change: SchemaChange) -> str:
    """A change as a sentence, on one line whatever the column is called."""
    match change:
        case AddColumn(field):
            return f"Add the column {field.name!r} of type {type_name(field.type)}."
        case WidenColumn(name, old, new):
            return f"Widen the column {name!r} from {type_name(old)} to {type_name(new)}."
        case RelaxColumn(name):
            return f"Let the column {name!r} be NULL."
