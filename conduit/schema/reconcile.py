"""What the data brings, what is there and what was declared -> the structure that a load writes. Nothing is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from conduit.core.change import SchemaChange
from conduit.core.spec import DestinationSpec, WriteMode
from conduit.errors import SchemaError
from conduit.schema.conform import problems_between
from conduit.schema.contract import Contract
from conduit.schema.drift import Drift, drift
from conduit.schema.evolve import Evolution
from conduit.schema.findings import Findings
from conduit.schema.validate import look_at_names, look_at_types


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What every batch will have at the destination (`target`), and what becomes of the rest.

    `changes` are made by the load; `pending` would have to be made by a person before it, and `target` has them
    already. Columns of the data that are not in `target` are left out, or reject the rows that have a value in them
    (`rejecting`); `reject_all` rejects every row. In the columns of `nulling` a value that does not fit becomes null.
    `accepts` is the structure of the data as far as the contract lets it in: what the next load is compared with.
    `drift` is what became of the last accepted structure, `against_destination` of what is there as the destination
    would keep the data; both are empty where there is nothing to compare with.
    """

    target: pa.Schema
    accepts: pa.Schema
    changes: tuple[SchemaChange, ...] = ()
    pending: tuple[SchemaChange, ...] = ()
    left_out: tuple[str, ...] = ()
    rejecting: tuple[str, ...] = ()
    reject_all: bool = False
    nulling: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    drift: Drift = field(default_factory=Drift)
    against_destination: Drift = field(default_factory=Drift)


def reconcile(
    observed: pa.Schema,
    stored: pa.Schema,
    existing: pa.Schema | None,
    accepted: pa.Schema | None,
    contract: Contract,
    spec: DestinationSpec,
    mode: WriteMode,
    *,
    place: str,
    table: str,
    refused: Sequence[SchemaError] = (),
) -> Reconciled:
    """How a load of `observed` meets what is there. Raises SchemaError with everything that stands against it.

    `stored` is what the destination makes of the types of `observed`, so that a type which is merely its own form of
    another is no change. `existing` is what is there, whatever the mode; `accepted` what the last load accepted.
    Without an enabled contract nothing changes: what is there is the target, and must have a place for every column.
    `refused` is what the destination says of columns whose types it cannot keep.
    """
    findings = Findings()
    for no_place in refused:
        findings.problem(no_place.message.rstrip("."), no_place.remedy)
    look_at_names(observed, contract, spec, findings)
    if len(set(observed.names)) < len(observed.names):
        findings.raise_if_any(place, table)  # all that follows goes by name
    refreshed = mode is WriteMode.FULL_REFRESH
    known = existing.names if existing is not None else accepted.names if accepted is not None else ()
    evolution = Evolution(contract, spec, findings, [name for name in known if name not in observed.names])
    there: pa.Schema | None = None  # what rows are added to
    reject_all = False
    if not contract.enabled:
        there = None if refreshed else existing
        target = observed if there is None else _as_it_is(observed, there, spec, place, findings)
    elif existing is not None and not (refreshed and contract.mode == "auto"):
        there = existing
        target = _altered(observed, stored, existing, spec, evolution)
    elif accepted is not None:
        reject_all = existing is None and _gone(contract, table, findings)
        target = _built_anew(observed, accepted, evolution)
    else:
        target = observed
    if contract.enabled and accepted is not None:
        for name in accepted.names:
            if name not in observed.names:
                evolution.gone(name)
    if contract.validate:
        look_at_types(observed, _as_kept(target, stored, there), contract, findings)
    findings.raise_if_any(place, table)
    accepts = target if there is None else _accepted(observed, target if accepted is None else accepted, evolution)
    changes, manual = tuple(evolution.changes), contract.mode == "manual"
    return Reconciled(
        target=target,
        accepts=accepted if reject_all and accepted is not None else accepts,
        changes=() if manual else changes,
        pending=changes if manual else (),
        left_out=tuple(evolution.left_out),
        rejecting=tuple(evolution.rejecting),
        reject_all=reject_all,
        nulling=frozenset(evolution.nulling),
        warnings=findings.warnings,
        drift=Drift() if accepted is None else drift(accepted, observed),
        against_destination=Drift() if existing is None else drift(comparable(existing, stored, spec), stored),
    )


def _as_it_is(
    observed: pa.Schema, existing: pa.Schema, spec: DestinationSpec, place: str, findings: Findings
) -> pa.Schema:
    """What is there, which must have a place for every column; of names alone, the same ones."""
    if spec.typed:
        for sentence in problems_between(observed, existing):
            findings.problem(sentence, "Use `columns:`, `rename:` or `cast:`.")
        return existing
    if set(existing.names) != set(observed.names):
        raise SchemaError(
            f"The columns that are there ({', '.join(existing.names)}) are not those that come "
            f"({', '.join(observed.names)}).",
            place=place,
            remedy="Use `columns:` or `rename:`, or refresh the destination in full.",
        )
    return pa.schema([observed.field(name) for name in existing.names])


def _altered(
    observed: pa.Schema, stored: pa.Schema, existing: pa.Schema, spec: DestinationSpec, evolution: Evolution
) -> pa.Schema:
    """What is there, with the changes that the contract lets it have: new columns come last."""
    fields = []
    for there in existing:
        if there.name not in observed.names:
            fields.append(evolution.missing(there))
        elif spec.typed:
            fields.append(evolution.met(observed.field(there.name), stored.field(there.name).type, there))
        else:
            fields.append(observed.field(there.name))
    added = (evolution.added(column) for column in observed if column.name not in existing.names)
    return pa.schema([*fields, *(column for column in added if column is not None)])


def _built_anew(observed: pa.Schema, accepted: pa.Schema, evolution: Evolution) -> pa.Schema:
    """The structure of the data, as far as the contract does not hold on to what was accepted."""
    fields = (
        evolution.met_anew(column, accepted.field(column.name))
        if column.name in accepted.names
        else evolution.added_anew(column)
        for column in observed
    )
    return pa.schema([column for column in fields if column is not None])


def _gone(contract: Contract, table: str, findings: Findings) -> bool:
    """Whether all rows are rejected because a table that was loaded before is not there any more."""
    says = f"{table!r} was loaded before and is gone"
    if contract.tables == "freeze":
        findings.problem(
            f"{says}, and the contract keeps tables as they are",
            "Bring it back, or let it be created again with `contract: {tables: evolve}`.",
        )
    elif contract.tables == "evolve":
        findings.warn(f"{says}: it is created again")
    else:
        findings.warn(f"{says}: all rows are rejects")
    return contract.tables in ("reject_row", "reject_value")


def _as_kept(target: pa.Schema, stored: pa.Schema, there: pa.Schema | None) -> pa.Schema:
    """The types that the values will have once they are kept: those that are there, or what the destination makes."""
    names = () if there is None else there.names
    return pa.schema([column if column.name in names else stored.field(column.name) for column in target])


def _accepted(observed: pa.Schema, before: pa.Schema, evolution: Evolution) -> pa.Schema:
    """What came, without columns that were not let in, and with the type of `before` where not every value was."""
    refused = {*evolution.left_out, *evolution.rejecting}
    kept = evolution.kept & set(before.names)
    let_in = (column for column in observed if column.name not in refused)
    return pa.schema([before.field(column.name) if column.name in kept else column for column in let_in])


def comparable(existing: pa.Schema, stored: pa.Schema, spec: DestinationSpec) -> pa.Schema:
    """What is there, for a comparison; where it has only names, the types do not count."""
    if spec.typed:
        return existing
    return pa.schema([stored.field(column.name) if column.name in stored.names else column for column in existing])
