"""What a run would do with one resource, as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pyarrow as pa

from conduit.core.position import Json
from conduit.core.types import type_name
from conduit.plan.guarantee import Guarantee
from conduit.plan.judged import PlannedCheck
from conduit.plan.losses import Loss
from conduit.plan.noted import Problem
from conduit.plan.volume import Replaced, Volume
from conduit.schema.drift import Drift


@dataclass(frozen=True, slots=True)
class Structure:
    """What is written, and what has to become of what is there for it.

    `target` is the structure of the rows, `stored` the types that they are kept in. `creates`: nothing is there yet.
    `changes` are sentences on what the load alters, `ddl` the statements that it runs. `pending` has to be applied by
    a person first. `against_destination` is what differs from what is there, None where nothing is. `left_out` columns
    are not carried, of `rejecting` ones a value makes its row a reject; with `rejects_all` every row is one.
    """

    target: pa.Schema
    stored: pa.Schema
    creates: bool = False
    changes: tuple[str, ...] = ()
    ddl: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    against_destination: Drift | None = None
    left_out: tuple[str, ...] = ()
    rejecting: tuple[str, ...] = ()
    rejects_all: bool = False

    def as_dict(self) -> dict[str, Json]:
        return {
            "columns": [
                {
                    "name": field.name,
                    "type": type_name(field.type),
                    "nullable": field.nullable,
                    "stored": _stored(field, self.stored),
                }
                for field in self.target
            ],
            "creates": self.creates,
            "changes": list(self.changes),
            "ddl": list(self.ddl),
            "pending": list(self.pending),
            "against_destination": None if self.against_destination is None else self.against_destination.as_dict(),
            "left_out": list(self.left_out),
            "rejecting": list(self.rejecting),
            "rejects_all": self.rejects_all,
        }


@dataclass(frozen=True, slots=True)
class ResourcePlan:
    """What a run would do with a resource. None is what could not be found out; `problems` say why.

    `drift` is what became of the last accepted structure. `replaces` is the data that a refresh throws away, None where
    nothing is there or nothing is thrown away. `warnings` are sentences on what becomes of columns that do not match.
    """

    name: str
    source: str
    destination: str
    table: str = ""
    mode: str = ""
    place: str = ""
    volume: Volume | None = None
    drift: Drift | None = None
    structure: Structure | None = None
    losses: tuple[Loss, ...] = ()
    replaces: Replaced | None = None
    guarantee: Guarantee | None = None
    checks: tuple[PlannedCheck, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def changes_structure(self) -> bool:
        """Whether something at the destination is made or altered, by the load or by a person before it."""
        there = self.structure
        return there is not None and bool(there.creates or there.changes or there.ddl or there.pending)

    @property
    def changes(self) -> bool:
        """Whether more than rows are added or updated: structure, or data that is thrown away."""
        return self.changes_structure or self.replaces is not None

    def as_dict(self) -> dict[str, Json]:
        """A JSON-able form."""
        return {
            "name": self.name,
            "source": self.source,
            "destination": self.destination,
            "place": self.place,
            "table": self.table,
            "mode": self.mode,
            "volume": None if self.volume is None else asdict(self.volume),
            "drift": None if self.drift is None else self.drift.as_dict(),
            "structure": None if self.structure is None else self.structure.as_dict(),
            "losses": [asdict(loss) for loss in self.losses],
            "replaces": None if self.replaces is None else asdict(self.replaces),
            "guarantee": None if self.guarantee is None else _guarantee(self.guarantee),
            "checks": [asdict(check) for check in self.checks],
            "changes_structure": self.changes_structure,
            "changes": self.changes,
            "problems": [problem.as_dict() for problem in self.problems],
            "warnings": list(self.warnings),
            "notices": list(self.notices),
        }


def _guarantee(guarantee: Guarantee) -> dict[str, Json]:
    return {"delivery": guarantee.delivery, "but": list(guarantee.but)}


def _stored(field: pa.Field, stored: pa.Schema) -> str:
    return type_name(stored.field(field.name).type if field.name in stored.names else field.type)
