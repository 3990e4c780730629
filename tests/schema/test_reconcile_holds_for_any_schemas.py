"""Whatever comes and whatever is there: no column is forgotten, and a table that evolved holds every value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conduit.core.change import AddColumn, RelaxColumn, SchemaChange, WidenColumn
from conduit.core.lattice import holds
from conduit.core.spec import WriteMode
from conduit.errors import SchemaError
from conduit.schema.conform import Conformer
from conduit.schema.contract import Contract
from conduit.schema.reconcile import Reconciled
from conduit.sdk.suites.examples import examples

from .reconciling import EVOLVING, met

FAMILIES = (
    (pa.int8(), pa.int32(), pa.int64(), pa.uint64(), pa.decimal128(12, 2), pa.decimal128(38, 10), pa.string()),
    (pa.float32(), pa.float64(), pa.int8(), pa.string()),
    (pa.date32(), pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us")),
    (pa.timestamp("ms", "UTC"), pa.timestamp("us", "UTC")),
    (pa.list_(pa.int64()), pa.list_(pa.int8())),
    (pa.struct([("x", pa.int64()), ("y", pa.string())]), pa.struct([("x", pa.int8())])),
    (pa.bool_(), pa.int64(), pa.string()),
)
TYPES = st.sampled_from([kind for family in FAMILIES for kind in family])
FIELDS = st.builds(pa.field, st.sampled_from("abcdef"), TYPES, st.booleans())
SCHEMAS = st.lists(FIELDS, min_size=1, max_size=4, unique_by=lambda field: field.name).map(pa.schema)


@st.composite
def meetings(draw: st.DrawFn) -> tuple[pa.Schema, pa.Schema]:
    """What comes and what is there: mostly the same columns, of types that have to do with each other."""
    observed = draw(SCHEMAS)
    there = {}
    for field in observed:
        near = [kind for family in FAMILIES if field.type in family for kind in family]
        if draw(st.integers(0, 3)):
            there[field.name] = field.with_type(draw(st.sampled_from(near))).with_nullable(draw(st.booleans()))
    for field in draw(SCHEMAS) if draw(st.booleans()) else ():
        there.setdefault(field.name, field)
    return observed, pa.schema(draw(st.permutations(list(there.values()))))


RULES = st.sampled_from(["evolve", "freeze", "reject_row", "reject_value"])
CONTRACTS = st.builds(
    Contract,
    enabled=st.just(True),
    mode=st.sampled_from(["auto", "manual", "warn"]),
    tables=RULES,
    columns=RULES,
    types=RULES,
    of_columns=st.dictionaries(st.sampled_from("abc"), RULES, max_size=2),
    of_types=st.dictionaries(st.sampled_from("abc"), RULES, max_size=2),
    on_removed_column=st.sampled_from(["ignore", "warn", "fail"]),
)


def _reconciled(observed: pa.Schema, existing: pa.Schema | None, contract: Contract, **more: object) -> Reconciled:
    try:
        return met(observed, existing, contract, **more)  # type: ignore[arg-type]
    except SchemaError:
        assume(False)
        raise


def _applied(existing: pa.Schema, changes: Sequence[SchemaChange]) -> pa.Schema:
    fields = {field.name: field for field in existing}
    for change in changes:
        match change:
            case AddColumn(field):
                assert field.nullable
                assert field.name not in fields
                fields[field.name] = field
            case WidenColumn(name, old, new):
                assert fields[name].type == old
                assert holds(new, old)
                fields[name] = fields[name].with_type(new)
            case RelaxColumn(name):
                fields[name] = fields[name].with_nullable(True)
    return pa.schema(list(fields.values()))


@settings(deadline=None)
@given(meeting=meetings(), contract=CONTRACTS, accepted=st.none() | SCHEMAS)
def test_the_target_is_what_is_there_with_the_changes_and_every_column_has_a_place_or_is_told(
    meeting: tuple[pa.Schema, pa.Schema], contract: Contract, accepted: pa.Schema | None
) -> None:
    observed, existing = meeting
    found = _reconciled(observed, existing, contract, accepted=accepted)
    assert found.target == _applied(existing, [*found.changes, *found.pending])
    without = [*found.left_out, *found.rejecting]
    assert sorted([*without, *(name for name in observed.names if name in found.target.names)]) == sorted(
        observed.names
    )
    assert set(found.nulling) <= set(found.target.names)
    assert found.accepts.names == [name for name in observed.names if name not in without]
    assert not (found.changes if contract.mode != "auto" else found.pending)


@settings(deadline=None)
@given(meeting=meetings(), existing=st.none() | SCHEMAS, contract=CONTRACTS)
def test_a_refresh_builds_what_it_accepts(
    meeting: tuple[pa.Schema, pa.Schema], existing: pa.Schema | None, contract: Contract
) -> None:
    (observed, accepted), auto = meeting, replace(contract, mode="auto")
    found = _reconciled(observed, existing, auto, accepted=accepted, mode=WriteMode.FULL_REFRESH)
    assert found.changes == found.pending == ()
    assert found.accepts == (accepted if found.reject_all else found.target)
    assert {*found.target.names, *found.left_out, *found.rejecting} == {*observed.names}


@settings(deadline=None)
@given(meetings())
def test_after_evolving_the_table_holds_every_value_that_may_come(meeting: tuple[pa.Schema, pa.Schema]) -> None:
    observed, existing = meeting
    found = _reconciled(observed, existing, EVOLVING)
    arrays = [examples(field.type).drop_null()[:1] for field in observed]
    for number, field in enumerate(observed):
        for value in examples(field.type).drop_null():
            row = [*arrays[:number], pa.array([value.as_py()], field.type), *arrays[number + 1 :]]
            conformed = Conformer(observed, found.target, "here").conform(pa.record_batch(row, schema=observed))
            assert conformed.rejected is None


@settings(deadline=None)
@given(meetings())
def test_a_table_that_has_evolved_needs_no_change_for_the_same_data(meeting: tuple[pa.Schema, pa.Schema]) -> None:
    observed, existing = meeting
    found = _reconciled(observed, existing, EVOLVING)
    again = met(observed, found.target, EVOLVING, accepted=found.accepts)
    assert (again.target, again.changes) == (found.target, ())
    assert not again.drift


@settings(deadline=None)
@given(meetings())
def test_a_frozen_table_stays_as_it_is_and_refuses_only_what_would_change_it(
    meeting: tuple[pa.Schema, pa.Schema],
) -> None:
    observed, existing = meeting
    evolved = _reconciled(observed, existing, EVOLVING)
    frozen = Contract(enabled=True, tables="freeze", columns="freeze", types="freeze")
    if evolved.changes:
        with pytest.raises(SchemaError):
            met(observed, existing, frozen)
    else:
        assert met(observed, existing, frozen).target == existing
