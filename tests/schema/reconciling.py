"""The two destinations of these tests, and a short way to ask what becomes of a load there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from conduit.core.spec import Commit, DestinationSpec, WriteMode
from conduit.schema.contract import Contract
from conduit.schema.reconcile import Reconciled, reconcile

TABLES = DestinationSpec(
    "tables",
    "A database that can change everything",
    frozenset(WriteMode),
    Commit.TRANSACTION,
    evolves=frozenset({"add", "widen", "relax"}),
)
RIGID = replace(TABLES, name="rigid", evolves=frozenset())
NAMES = replace(TABLES, name="names", typed=False, evolves=frozenset({"add"}))
EVOLVING = Contract(enabled=True)
INT, BIG, TEXT, FLOAT = pa.int32(), pa.int64(), pa.string(), pa.float64()


def columns(*fields: pa.Field, **types: pa.DataType) -> pa.Schema:
    """A schema of columns that may be null, and of fields that say it themselves."""
    return pa.schema([*fields, *types.items()])


def met(
    observed: pa.Schema,
    existing: pa.Schema | None,
    contract: Contract = EVOLVING,
    *,
    accepted: pa.Schema | None = None,
    stored: pa.Schema | None = None,
    spec: DestinationSpec = TABLES,
    mode: WriteMode = WriteMode.APPEND,
) -> Reconciled:
    """What becomes of a load of `observed` into a table `orders`."""
    kept = observed if stored is None else stored
    return reconcile(observed, kept, existing, accepted, contract, spec, mode, place="shop.db (orders)", table="orders")


def declared(**rules: Any) -> Contract:
    return replace(EVOLVING, **rules)
