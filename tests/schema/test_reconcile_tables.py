"""Tables that are not there yet, are there no more, or are built anew by a full refresh."""

from __future__ import annotations

import pytest

from conduit.core.spec import WriteMode
from conduit.errors import SchemaError
from conduit.schema.contract import Contract

from .reconciling import BIG, INT, NAMES, TEXT, columns, declared, met

FROZEN = declared(tables="freeze", columns="freeze", types="freeze")
SMALL, LARGE, MORE = columns(id=INT), columns(id=BIG), columns(id=BIG, email=TEXT)
REFRESH = WriteMode.FULL_REFRESH


@pytest.mark.parametrize("contract", [Contract(), FROZEN, declared(tables="reject_row"), declared(mode="manual")])
def test_a_first_load_creates_the_table_whatever_the_contract_says(contract: Contract) -> None:
    found = met(MORE, None, contract)
    assert (found.target, found.accepts, found.changes, found.pending, found.reject_all) == (MORE, MORE, (), (), False)
    assert not found.drift
    assert not found.against_destination


def test_a_table_that_is_gone_is_created_again() -> None:
    found = met(MORE, None, accepted=MORE)
    assert (found.target, found.reject_all) == (MORE, False)
    assert found.warnings == ("'orders' was loaded before and is gone: it is created again.",)


def test_a_table_that_is_gone_is_an_error_where_tables_are_frozen() -> None:
    with pytest.raises(SchemaError, match="'orders' was loaded before and is gone, and the contract keeps tables"):
        met(MORE, None, declared(tables="freeze"), accepted=MORE)


@pytest.mark.parametrize("rule", ["reject_row", "reject_value"])
def test_a_table_that_is_gone_rejects_all_rows_and_the_next_load_knows_of_it(rule: str) -> None:
    found = met(MORE, None, declared(tables=rule), accepted=LARGE)
    assert (found.reject_all, found.accepts) == (True, LARGE)


def test_a_table_that_is_gone_comes_back_as_the_contract_had_accepted_it() -> None:
    found = met(MORE, None, declared(columns="reject_value"), accepted=LARGE)
    assert (found.target, found.left_out) == (LARGE, ("email",))


def test_a_refresh_without_a_contract_takes_what_comes() -> None:
    found = met(MORE, SMALL, Contract(), accepted=SMALL, mode=REFRESH)
    assert (found.target, found.changes, found.warnings) == (MORE, (), ())
    assert found.drift.one_line() == "1 added (email), 1 widened (id: int32 -> int64)"


def test_a_refresh_builds_the_table_anew_and_needs_no_change() -> None:
    found = met(columns(id=TEXT, email=TEXT), MORE, accepted=LARGE, mode=REFRESH)
    assert (found.target, found.changes) == (columns(id=TEXT, email=TEXT), ())


def test_a_refresh_into_what_no_contract_has_accepted_yet_takes_what_comes() -> None:
    assert met(MORE, SMALL, FROZEN, mode=REFRESH).target == MORE


@pytest.mark.parametrize(
    ("contract", "said"),
    [
        (declared(columns="freeze"), "'email' .string. is new"),
        (declared(types="freeze"), "'id' comes as int64 and is int32"),
        (declared(on_removed_column="fail"), "'old' is not in the data"),
    ],
)
def test_a_refresh_is_judged_by_what_was_accepted(contract: Contract, said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        met(MORE, SMALL, contract, accepted=columns(id=INT, old=TEXT), mode=REFRESH)


def test_a_refresh_holds_on_to_the_types_that_were_accepted() -> None:
    """Narrow rows today must not make tomorrow's usual ones a change of type."""
    found = met(SMALL, LARGE, declared(types="freeze"), accepted=LARGE, mode=REFRESH)
    assert (found.target, found.accepts) == (LARGE, LARGE)
    found = met(columns(id=TEXT), LARGE, declared(types="reject_value"), accepted=LARGE, mode=REFRESH)
    assert (found.target, found.accepts, found.nulling) == (LARGE, LARGE, frozenset({"id"}))


@pytest.mark.parametrize(("mode", "target"), [("manual", MORE), ("warn", SMALL)])
def test_a_refresh_changes_no_structure_where_the_load_may_not(mode: str, target: object) -> None:
    found = met(MORE, SMALL, declared(mode=mode), mode=REFRESH)
    assert (found.target, found.changes, len(found.pending)) == (target, (), 2 if mode == "manual" else 0)


def test_names_that_are_not_the_same_are_an_error_without_a_contract() -> None:
    with pytest.raises(SchemaError, match=r"The columns that are there \(id\) are not those that come \(id, email\)"):
        met(MORE, LARGE, Contract(), spec=NAMES)
    assert met(columns(email=TEXT, id=BIG), columns(id=TEXT, email=TEXT), Contract(), spec=NAMES).target == MORE
