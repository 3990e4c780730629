"""What is asked of the data before a row is read: all that is wrong is told at once, and the command ends with 2."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from conduit.errors import SchemaError
from conduit.schema.contract import Contract

from .reconciling import BIG, INT, TABLES, TEXT, columns, declared, met

HERE = columns(id=INT, email=TEXT)


def test_the_command_ends_as_for_any_other_file_to_change() -> None:
    with pytest.raises(SchemaError) as refused:
        met(columns(id=BIG), None, Contract(required_columns=("email",)))
    assert (refused.value.exit_code, refused.value.code) == (2, "CDT-204")


def test_a_required_column_must_be_in_the_data_even_of_a_first_load() -> None:
    with pytest.raises(SchemaError, match=r"the required column 'email' is not in the data \(is it 'e_mail'\?\)"):
        met(columns(id=BIG, e_mail=TEXT), None, Contract(required_columns=("id", "email")))


def test_a_name_that_is_too_long_is_refused_with_the_limit_and_never_cut() -> None:
    spec = replace(TABLES, name_limit=6)
    assert met(columns(größe=BIG), None, spec=replace(TABLES, name_limit=7)).target.names == ["größe"]
    with pytest.raises(SchemaError, match="'größe' has 7 bytes, and tables takes at most 6"):
        met(columns(größe=BIG), None, Contract(), spec=spec)


def test_two_columns_of_one_name_are_refused() -> None:
    both = pa.schema([("order_id", BIG), ("order_id", TEXT)])
    with pytest.raises(SchemaError, match="2 columns would be called 'order_id'"):
        met(both, None, Contract())


def test_a_type_that_may_lose_a_value_is_an_error_only_where_it_is_looked_for() -> None:
    comes = columns(id=BIG, email=TEXT)
    assert met(comes, HERE, Contract()).warnings == ()
    with pytest.raises(SchemaError, match=r"'id' \(int64\) may not fit its type in the table, int32"):
        met(comes, HERE, Contract(validate=True))


def test_not_strict_it_is_a_warning() -> None:
    found = met(columns(id=BIG, email=TEXT), HERE, Contract(validate=True, strict=False))
    assert [warning.split("(")[0] for warning in found.warnings] == ["Some values of the column 'id' "]


def test_a_column_that_widens_loses_nothing() -> None:
    assert met(columns(id=BIG, email=TEXT), HERE, declared(validate=True)).warnings == ()


def test_a_type_that_the_destination_cannot_keep_whole_is_found_before_the_first_load() -> None:
    comes, kept = columns(at=pa.timestamp("ns")), columns(at=pa.timestamp("us"))
    with pytest.raises(SchemaError, match=r"'at' \(timestamp\[ns\]\) may not fit .* timestamp\[us\]"):
        met(comes, None, Contract(validate=True), stored=kept)


def test_bytes_of_another_length_may_not_fit() -> None:
    with pytest.raises(SchemaError, match="may not fit"):
        met(columns(key=pa.binary(16)), columns(key=pa.binary(8)), Contract(validate=True))


def test_a_column_that_may_be_null_where_the_table_s_may_not_is_a_warning() -> None:
    """Most sources cannot promise it, and their rows are fine."""
    must = columns(pa.field("id", BIG, nullable=False))
    assert met(columns(id=BIG), must, Contract(validate=True)).warnings == (
        "The column 'id' may be NULL and the table's may not: such rows are rejects.",
    )
    assert met(must, must, Contract(validate=True)).warnings == ()


def test_everything_is_told_at_once() -> None:
    contract = Contract(validate=True, required_columns=("phone",))
    comes = columns(id=BIG, emial=TEXT, at=pa.list_(BIG))
    with pytest.raises(SchemaError) as refused:
        met(comes, columns(id=INT, email=TEXT, at=BIG), contract, spec=replace(TABLES, name_limit=4))
    said = refused.value.problems
    assert len(said) == 5
    for part in ("'emial' has 5 bytes", "column 'phone'", "no column 'emial'", "'at' of type", "'id' (int64)"):
        assert any(part in problem for problem in said)
