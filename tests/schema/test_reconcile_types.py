"""A value that the column's type cannot hold: the type widens along the lattice, or the contract says what happens."""

from __future__ import annotations

import pyarrow as pa
import pytest

from conduit.core.change import WidenColumn
from conduit.errors import SchemaError
from conduit.schema.contract import Contract

from .reconciling import BIG, FLOAT, INT, NAMES, RIGID, TEXT, columns, declared, met

SMALL, LARGE = columns(id=INT), columns(id=BIG)


def test_without_a_contract_each_value_is_judged_when_it_comes() -> None:
    found = met(LARGE, SMALL, Contract())
    assert (found.target, found.changes, found.nulling) == (SMALL, (), frozenset())


def test_evolve_widens_the_column_to_the_least_type_that_holds_both() -> None:
    found = met(LARGE, SMALL)
    assert (found.target, found.changes) == (LARGE, (WidenColumn("id", INT, BIG),))
    found = met(columns(id=pa.decimal128(10, 2)), LARGE)
    assert found.changes == (WidenColumn("id", BIG, pa.decimal128(21, 2)),)


def test_narrower_data_is_no_change_whatever_the_contract() -> None:
    for contract in (declared(), declared(types="freeze"), declared(types="reject_value"), declared(mode="manual")):
        found = met(SMALL, LARGE, contract, accepted=LARGE)
        assert (found.target, found.changes, found.pending, found.nulling) == (LARGE, (), (), frozenset())


def test_a_column_without_a_value_fits_every_type() -> None:
    assert met(columns(id=pa.null()), LARGE, declared(types="freeze")).target == LARGE


def test_text_takes_what_can_be_spelled() -> None:
    """A table of text is a choice that a number in the data does not undo."""
    assert met(LARGE, columns(id=TEXT), declared(types="freeze")).changes == ()


def test_text_for_a_number_cannot_be_widened() -> None:
    with pytest.raises(SchemaError, match=r"'id' comes as string and is int64 in the table.* cannot be widened") as no:
        met(columns(id=TEXT), LARGE)
    assert "on_type_change: dlq" in no.value.remedy
    assert "`cast:`" in no.value.remedy


def test_an_integer_of_64_bits_is_not_widened_to_a_float_that_rounds_it() -> None:
    with pytest.raises(SchemaError, match="cannot be widened"):
        met(columns(id=FLOAT), LARGE)


def test_the_destination_s_own_form_of_a_type_is_no_change() -> None:
    """SQLite keeps a decimal as text; that it is text there must not look like a change of type in every run."""
    found = met(columns(id=pa.list_(BIG)), columns(id=TEXT), declared(types="freeze"), stored=columns(id=TEXT))
    assert (found.target, found.changes) == (columns(id=TEXT), ())
    assert not found.against_destination


def test_manual_leaves_the_widening_to_a_person() -> None:
    found = met(LARGE, SMALL, declared(mode="manual"))
    assert (found.target, found.changes, found.pending) == (LARGE, (), (WidenColumn("id", INT, BIG),))


def test_warn_keeps_the_type_and_judges_each_value() -> None:
    found = met(LARGE, SMALL, declared(mode="warn"), accepted=SMALL)
    assert (found.target, found.changes, found.nulling) == (SMALL, (), frozenset())
    assert found.accepts == SMALL
    expected = "The column 'id' comes as int64 and is int32 in the table: rows whose values do not fit are rejects."
    assert found.warnings == (expected,)


def test_freeze_refuses_and_names_both_types() -> None:
    with pytest.raises(SchemaError, match="'id' comes as int64 and is int32 in the table, and the contract keeps"):
        met(LARGE, SMALL, declared(types="freeze"))


def test_reject_row_keeps_the_type_and_judges_each_value() -> None:
    found = met(columns(id=TEXT), LARGE, declared(types="reject_row"))
    assert (found.target, found.changes, found.nulling) == (LARGE, (), frozenset())


def test_reject_value_makes_null_of_what_does_not_fit() -> None:
    found = met(columns(id=TEXT, n=TEXT), columns(id=BIG, n=TEXT), declared(types="reject_value"))
    assert (found.target, found.nulling) == (columns(id=BIG, n=TEXT), frozenset({"id"}))
    assert found.warnings == (
        "The column 'id' comes as string and is int64 in the table: values that do not fit become NULL.",
    )


@pytest.mark.parametrize("rule", ["reject_row", "reject_value"])
def test_a_type_of_which_no_value_can_fit_is_an_error_rather_than_a_load_of_nothing(rule: str) -> None:
    with pytest.raises(SchemaError, match="no value of the one can become the other"):
        met(columns(id=pa.list_(BIG)), LARGE, declared(types=rule))


def test_a_rule_for_one_column_is_stronger_than_that_for_all() -> None:
    contract = declared(of_types={"amount": "freeze"})
    with pytest.raises(SchemaError, match="'amount' comes as int64") as refused:
        met(columns(id=BIG, amount=BIG), columns(id=INT, amount=INT), contract)
    assert refused.value.problems == ()


def test_a_destination_that_cannot_widen_says_so() -> None:
    with pytest.raises(SchemaError, match="rigid cannot widen it"):
        met(LARGE, SMALL, spec=RIGID)


def test_a_destination_that_has_only_names_has_no_types_to_change() -> None:
    found = met(LARGE, columns(id=TEXT), declared(types="freeze"), spec=NAMES)
    assert (found.target, found.changes) == (LARGE, ())
    assert not found.against_destination
