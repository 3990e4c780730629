"""A contract applied, column by column, to what differs between the data and a structure that is there."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from conduit.core.change import AddColumn, RelaxColumn, SchemaChange, WidenColumn
from conduit.core.exact_casts import castable
from conduit.core.fidelity import Fidelity, fidelity
from conduit.core.lattice import holds, widened
from conduit.core.spec import DestinationSpec
from conduit.core.types import type_name
from conduit.errors import nearest_name
from conduit.schema.contract import Contract
from conduit.schema.findings import Findings

_CONVERT = "Convert it with `cast:`, or let rows go aside that do not fit: `on_type_change: dlq` (`types: reject_row`)."
_REFRESH = "A full refresh builds the table anew."
_LEAVE_OUT = "Leave it out with `columns:`, or let it be added: `on_new_column: add_nullable` (`columns: evolve`)."


class Evolution:
    """What becomes of each column of the data. Ask for all of them, then read the outcome.

    `lacking` are names that are there and that the data does not have: a new one may be one of them, spelled otherwise.
    `changes` are those that the target needs. `kept` are columns whose type stays although some of their values do not
    fit it.
    """

    def __init__(
        self, contract: Contract, spec: DestinationSpec, findings: Findings, lacking: Sequence[str] = ()
    ) -> None:
        self._contract = contract
        self._spec = spec
        self._findings = findings
        self._lacking = lacking
        self.changes: list[SchemaChange] = []
        self.left_out: list[str] = []
        self.rejecting: list[str] = []
        self.nulling: set[str] = set()
        self.kept: set[str] = set()

    def added(self, field: pa.Field) -> pa.Field | None:
        """The column that a table gets which is altered, for one that it does not have; None where it gets none."""
        if not self._may_come(field):
            return None
        if "add" not in self._spec.evolves:
            self._findings.problem(
                f"the column {field.name!r} ({type_name(field.type)}) is new, and {self._spec.name} cannot add it",
                "Leave it out with `columns:` or `on_new_column: ignore`, or refresh the destination in full.",
            )
            return None
        new = field.with_nullable(True)
        self.changes.append(AddColumn(new))
        return new

    def added_anew(self, field: pa.Field) -> pa.Field | None:
        """The same for a table that is built anew, which costs no change."""
        return field if self._may_come(field, made=True) else None

    def met(self, field: pa.Field, stored: pa.DataType, there: pa.Field) -> pa.Field:
        """The column that a table has for one that comes; `stored` is what the destination makes of its type."""
        if fits(field.type, stored, there.type):
            return there
        if self._contract.type(field.name) != "evolve" or self._contract.mode == "warn":
            return self._judged_by_value(field, there)
        wide = widened(there.type, field.type)
        says = _says(field, there)
        if wide is None:
            self._findings.problem(
                f"{says}: no type but text holds the values of both, so it cannot be widened",
                f"{_CONVERT} {_REFRESH}",
            )
        elif "widen" not in self._spec.evolves:
            self._findings.problem(f"{says}, and {self._spec.name} cannot widen it", f"{_CONVERT} {_REFRESH}")
        else:
            self.changes.append(WidenColumn(field.name, there.type, wide))
            return there.with_type(wide)
        return there

    def met_anew(self, field: pa.Field, accepted: pa.Field) -> pa.Field:
        """The same for a table that is built anew: only the contract can hold on to a type that was accepted."""
        if self._contract.type(field.name) == "evolve":
            return field
        if fits(field.type, field.type, accepted.type):
            return field.with_type(accepted.type)
        return self._judged_by_value(field, field.with_type(accepted.type))

    def missing(self, there: pa.Field) -> pa.Field:
        """The column of a table that is altered, for one which the data does not have."""
        self.gone(there.name)
        if there.nullable:
            return there
        rule, can = self._contract.column(there.name), "relax" in self._spec.evolves
        if rule != "evolve" or self._contract.mode == "warn" or not can:
            why = "" if can or rule != "evolve" else f", and {self._spec.name} cannot let it be NULL"
            self._findings.problem(
                f"the destination requires the column {there.name!r}, which is not in the data{why}",
                "Bring it with the data, or let it be NULL in the table.",
            )
            return there
        self.changes.append(RelaxColumn(there.name))
        return there.with_nullable(True)

    def gone(self, name: str) -> None:
        """Note, as the contract wants it, that a column is not in the data."""
        if self._contract.on_removed_column == "fail":
            self._findings.problem(
                f"the column {name!r} is not in the data, and the contract wants it there",
                "Ask the source for it, rename one with `rename:`, or write `on_removed_column: warn`.",
            )
        elif self._contract.on_removed_column == "warn":
            self._findings.warn(f"the column {name!r} is not in the data")

    def _may_come(self, field: pa.Field, *, made: bool = False) -> bool:
        """Whether a new column is let in; a table that is built anew is not altered, so there `warn` has no say."""
        rule, name = self._contract.column(field.name), field.name
        near = nearest_name(name, self._lacking)
        hint = f" (did you mean {near!r}?)" if near else ""
        says = f"the column {name!r} ({type_name(field.type)}) is new{hint}"
        if rule == "freeze":
            self._findings.problem(f"{says}, and the contract keeps the columns as they are", _LEAVE_OUT)
        elif rule == "reject_row":
            self.rejecting.append(name)
            self._findings.warn(f"{says}: rows that have a value in it are rejects")
        elif rule == "reject_value" or (self._contract.mode == "warn" and not made):
            self.left_out.append(name)
            self._findings.warn(f"{says} and is left out")
        return rule == "evolve" and name not in self.left_out

    def _judged_by_value(self, field: pa.Field, there: pa.Field) -> pa.Field:
        """The column as it is; what does not fit it is rejected or nulled, if some value can pass at all."""
        rule, says = self._contract.type(field.name), _says(field, there)
        if rule == "freeze":
            self._findings.problem(
                f"{says}, and the contract keeps the types as they are",
                f"{_CONVERT} `on_type_change: widen` (`types: evolve`) lets the table's follow.",
            )
            return there
        if not castable(field.type, there.type):
            self._findings.problem(f"{says}, and no value of the one can become the other", "Convert it with `cast:`.")
            return there
        self.kept.add(field.name)
        if rule == "reject_value":
            self.nulling.add(field.name)
            self._findings.warn(f"{says}: values that do not fit become NULL")
        else:
            self._findings.warn(f"{says}: rows whose values do not fit are rejects")
        return there


def fits(kind: pa.DataType, stored: pa.DataType, there: pa.DataType) -> bool:
    """Whether every value has a place in a column of type `there`, be it as the destination keeps it or as text."""
    if holds(there, kind) or holds(there, stored):
        return True
    return fidelity(kind, there) in (Fidelity.LOSSLESS, Fidelity.WIDENED)


def _says(field: pa.Field, there: pa.Field) -> str:
    return f"the column {field.name!r} comes as {type_name(field.type)} and is {type_name(there.type)} in the table"
