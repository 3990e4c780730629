"""A column that the table does not have: added, refused, left out or a reason to reject, as the contract says."""

from __future__ import annotations

import pyarrow as pa
import pytest

from conduit.core.change import AddColumn
from conduit.core.spec import WriteMode
from conduit.errors import SchemaError
from conduit.schema.contract import Contract

from .reconciling import BIG, EVOLVING, NAMES, RIGID, TEXT, columns, declared, met

HERE = columns(id=BIG)
MORE = columns(id=BIG, email=TEXT)
EMAIL = pa.field("email", TEXT)


def test_without_a_contract_it_is_an_error_that_names_it_and_the_nearest() -> None:
    with pytest.raises(SchemaError, match=r"the destination has no column 'emial' \(did you mean 'email'\?\)"):
        met(columns(id=BIG, emial=TEXT), MORE, Contract())


def test_evolve_adds_it_at_the_end() -> None:
    found = met(columns(email=TEXT, id=BIG), HERE)
    assert (found.target, found.changes) == (MORE, (AddColumn(EMAIL),))
    assert (found.pending, found.left_out, found.rejecting, found.warnings) == ((), (), (), ())


def test_an_added_column_may_be_null_because_older_rows_have_no_value() -> None:
    found = met(columns(pa.field("email", TEXT, nullable=False), id=BIG), HERE)
    assert found.changes == (AddColumn(EMAIL),)
    assert found.target == MORE


def test_manual_leaves_the_change_to_a_person_and_shows_the_table_as_it_would_be() -> None:
    found = met(MORE, HERE, declared(mode="manual"))
    assert (found.target, found.changes, found.pending) == (MORE, (), (AddColumn(EMAIL),))


def test_warn_goes_on_without_it() -> None:
    found = met(MORE, HERE, declared(mode="warn"))
    assert (found.target, found.changes, found.left_out) == (HERE, (), ("email",))
    assert found.warnings == ("The column 'email' (string) is new and is left out.",)


def test_freeze_refuses_it() -> None:
    with pytest.raises(SchemaError, match=r"the column 'email' \(string\) is new, and the contract keeps"):
        met(MORE, HERE, declared(columns="freeze"))


def test_freeze_names_a_column_that_it_may_be_in_another_spelling() -> None:
    with pytest.raises(SchemaError, match="did you mean 'e_mail'"):
        met(MORE, columns(id=BIG, e_mail=TEXT), declared(columns="freeze"))


@pytest.mark.parametrize("mode", ["auto", "manual", "warn"])
def test_reject_value_leaves_it_out(mode: str) -> None:
    found = met(MORE, HERE, declared(columns="reject_value", mode=mode))
    assert (found.target, found.left_out, found.rejecting) == (HERE, ("email",), ())


@pytest.mark.parametrize("mode", ["auto", "manual", "warn"])
def test_reject_row_rejects_rows_that_have_a_value_in_it(mode: str) -> None:
    found = met(MORE, HERE, declared(columns="reject_row", mode=mode))
    assert (found.target, found.left_out, found.rejecting) == (HERE, (), ("email",))
    assert found.warnings == ("The column 'email' (string) is new: rows that have a value in it are rejects.",)


def test_a_rule_for_one_column_is_stronger_than_that_for_all() -> None:
    contract = declared(columns="freeze", of_columns={"email": "evolve"})
    assert met(MORE, HERE, contract).target == MORE
    with pytest.raises(SchemaError, match="'phone'"):
        met(columns(id=BIG, email=TEXT, phone=TEXT), HERE, contract)


def test_a_destination_that_cannot_add_columns_says_so() -> None:
    with pytest.raises(SchemaError, match=r"'email' \(string\) is new, and rigid cannot add it") as refused:
        met(MORE, HERE, spec=RIGID)
    assert "on_new_column: ignore" in refused.value.remedy


def test_a_destination_that_has_only_names_gets_the_name() -> None:
    found = met(columns(id=TEXT, email=TEXT), HERE, spec=NAMES)
    assert (found.target, found.changes) == (columns(id=TEXT, email=TEXT), (AddColumn(EMAIL),))


def test_what_was_left_out_is_not_accepted_so_that_a_full_refresh_leaves_it_out_again() -> None:
    contract = declared(columns="reject_value")
    first = met(MORE, HERE, contract, accepted=HERE, mode=WriteMode.FULL_REFRESH)
    second = met(MORE, HERE, contract, accepted=first.accepts, mode=WriteMode.FULL_REFRESH)
    assert (first.accepts, second.left_out, second.target) == (HERE, ("email",), HERE)
    assert second.drift.one_line() == "1 added (email)"


def test_all_columns_are_told_at_once_each_on_a_line_of_its_own() -> None:
    with pytest.raises(SchemaError) as refused:
        met(columns(id=TEXT, email=TEXT, phone=TEXT), HERE, declared(columns="freeze", types="freeze"))
    assert refused.value.message == "The data does not go into 'orders' for 3 reasons."
    assert [problem.split("'")[1] for problem in refused.value.problems] == ["id", "email", "phone"]
    assert refused.value.place == "shop.db (orders)"
    assert all(f"\n  {problem}" in str(refused.value) for problem in refused.value.problems)


def test_nothing_new_changes_nothing() -> None:
    for contract in (Contract(), EVOLVING, declared(columns="freeze", types="freeze", tables="freeze")):
        found = met(MORE, MORE, contract, accepted=MORE)
        assert (found.target, found.accepts, found.changes, found.warnings) == (MORE, MORE, (), ())
        assert not found.drift
        assert not found.against_destination
