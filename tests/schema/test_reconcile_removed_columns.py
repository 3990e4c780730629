"""A column that is not in the data any more: ignored, told or refused; and what a table does that must have it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from conduit.core.change import RelaxColumn
from conduit.errors import SchemaError
from conduit.schema.contract import Contract

from .reconciling import BIG, NAMES, RIGID, TEXT, columns, declared, met

HERE = columns(id=BIG, email=TEXT)
LESS = columns(id=BIG)
MUST = columns(pa.field("email", TEXT, nullable=False), id=BIG)


def test_without_a_contract_it_is_null_where_it_may_be() -> None:
    found = met(LESS, HERE, Contract())
    assert (found.target, found.warnings) == (HERE, ())
    with pytest.raises(SchemaError, match="the destination requires the column 'email'"):
        met(LESS, MUST, Contract())


def test_warn_goes_on_and_says_so() -> None:
    found = met(LESS, HERE, accepted=HERE)
    assert (found.target, found.changes) == (HERE, ())
    assert found.warnings == ("The column 'email' is not in the data.",)
    assert found.accepts == LESS


def test_ignore_goes_on_in_silence() -> None:
    assert met(LESS, HERE, declared(on_removed_column="ignore"), accepted=HERE).warnings == ()


@pytest.mark.parametrize("mode", ["auto", "manual", "warn"])
def test_fail_refuses(mode: str) -> None:
    with pytest.raises(SchemaError, match="the column 'email' is not in the data, and the contract wants it there"):
        met(LESS, HERE, declared(on_removed_column="fail", mode=mode))


def test_a_column_that_the_last_load_had_and_the_table_never_got_counts_too() -> None:
    with pytest.raises(SchemaError, match="'email' is not in the data"):
        met(LESS, LESS, declared(on_removed_column="fail"), accepted=HERE)


def test_a_column_that_must_have_a_value_is_relaxed() -> None:
    found = met(LESS, MUST)
    assert (found.target, found.changes) == (columns(email=TEXT, id=BIG), (RelaxColumn("email"),))


def test_relaxing_is_left_to_a_person_too() -> None:
    found = met(LESS, MUST, declared(mode="manual"))
    assert (found.changes, found.pending) == ((), (RelaxColumn("email"),))


@pytest.mark.parametrize(
    "contract", [declared(columns="freeze"), declared(columns="reject_row"), declared(mode="warn")]
)
def test_a_column_that_must_have_a_value_is_missed_where_nothing_may_relax_it(contract: Contract) -> None:
    with pytest.raises(SchemaError, match="the destination requires the column 'email', which is not in the data"):
        met(LESS, MUST, contract)


def test_a_destination_that_cannot_relax_says_so() -> None:
    with pytest.raises(SchemaError, match="rigid cannot let it be NULL"):
        met(LESS, MUST, spec=RIGID)


def test_a_destination_that_has_only_names_keeps_the_name() -> None:
    assert met(LESS, HERE, spec=NAMES).target == HERE


def test_that_a_value_may_be_null_is_judged_value_by_value() -> None:
    found = met(HERE, MUST, declared(types="freeze", columns="freeze"))
    assert (found.target, found.changes) == (MUST, ())
    assert [(c.name, c.kind) for c in found.against_destination.columns] == [("email", "nullable"), ("email", "moved")]
