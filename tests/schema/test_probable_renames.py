"""A column that was renamed is offered as such, since a rename that goes unnoticed is a column of NULLs."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.schema.drift import drift


def _renames(old: dict[str, pa.DataType], new: dict[str, pa.DataType], **more: object) -> list[tuple[str, str]]:
    found = drift(pa.schema(list(old.items())), pa.schema(list(new.items())), **more)  # type: ignore[arg-type]
    return [(rename.old, rename.new) for rename in found.renames]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("customer_id", "CustomerID"),
        ("cust_id", "customer_id"),
        ("created", "created_at"),
        ("e-mail", "email"),
        ("Net price", "net_price_eur"),
    ],
)
def test_a_name_that_is_much_like_the_old_one(old: str, new: str) -> None:
    assert _renames({old: pa.int64()}, {new: pa.int64()}) == [(old, new)]


@pytest.mark.parametrize(("old", "new"), [("price", "city"), ("a", "b"), ("street", "total")])
def test_names_that_have_nothing_in_common_are_two_columns(old: str, new: str) -> None:
    assert _renames({old: pa.int64()}, {new: pa.int64()}) == []


def test_the_type_has_to_be_the_same_or_wider() -> None:
    assert _renames({"cust_id": pa.int32()}, {"customer_id": pa.int64()}) == [("cust_id", "customer_id")]
    assert _renames({"cust_id": pa.int64()}, {"customer_id": pa.int32()}) == []
    assert _renames({"cust_id": pa.int64()}, {"customer_id": pa.string()}) == []


def test_the_values_tell_where_the_names_do_not() -> None:
    old, new = {"qty": pa.int64(), "size": pa.int64()}, {"amount": pa.int64(), "width": pa.int64()}
    alike = {("qty", "amount"): 1.0, ("size", "width"): 0.9}
    found = _renames(old, new, likeness=lambda a, b: alike.get((a, b), 0.0))
    assert found == [("qty", "amount"), ("size", "width")]
    assert _renames(old, new) == []


def test_each_column_is_in_one_pair_with_the_likeliest_first() -> None:
    old = {"first_name": pa.string(), "name": pa.string()}
    new = {"firstName": pa.string(), "full_name": pa.string()}
    assert _renames(old, new) == [("first_name", "firstName"), ("name", "full_name")]


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcxyz"), unique=True), st.lists(st.sampled_from("abcxyz"), unique=True), st.floats())
def test_a_rename_is_of_a_removed_and_an_added_column(old: list[str], new: list[str], score: float) -> None:
    schemas = [pa.schema([(name, pa.int64()) for name in names]) for names in (old, new)]
    found = drift(*schemas, likeness=lambda a, b: score)
    kinds = {column.name: column.kind for column in found.columns if column.kind != "moved"}
    assert [rename for rename in found.renames if (kinds[rename.old], kinds[rename.new]) != ("removed", "added")] == []
    assert all(0 <= rename.likeness <= 1 for rename in found.renames)
    assert len({rename.old for rename in found.renames}) == len({rename.new for rename in found.renames})
