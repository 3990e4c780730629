"""The order of types: what holds what, and the least that holds two, is an order and agrees with the casts.

Tables are widened, columns merged and loads refused on the word of it; a wrong answer loses values or loads.
"""

from __future__ import annotations

from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given, settings

from conduit.core.exact_casts import castable, exact_or_null
from conduit.core.lattice import holds, plain_type, widened
from tests.core.arrow_types import DECIMALS, FLOATS, FORMS, INTEGERS, SCALARS, types_of
from tests.core.edge_values import edge_values, same

ANY = types_of(*SCALARS, *FORMS)
# Few leaves, so that two of them are often related.
RELATED = types_of(pa.null(), pa.int8(), pa.int64(), pa.decimal128(3, 1), pa.timestamp("us", "UTC"), pa.string())
SETTINGS = settings(deadline=None, max_examples=150)


@pytest.mark.parametrize(
    ("a", "b", "wide"),
    [
        (pa.decimal128(12, 2), pa.decimal128(10, 4), pa.decimal128(14, 4)),
        (pa.decimal128(38, 0), pa.decimal128(38, 38), pa.decimal256(76, 38)),
        (pa.decimal256(76, 0), pa.decimal256(76, 76), None),
        (pa.uint64(), pa.int64(), pa.decimal128(20, 0)),
        (pa.uint8(), pa.int8(), pa.int16()),
        (pa.int64(), pa.decimal128(10, 2), pa.decimal128(21, 2)),
        (pa.int64(), pa.decimal128(10, 0), pa.int64()),
        (pa.int64(), pa.float64(), None),
        (pa.int32(), pa.float32(), pa.float64()),
        (pa.decimal128(12, 2), pa.float64(), None),
        (pa.bool_(), pa.int64(), None),
        (pa.int64(), pa.string(), None),
        (pa.string(), pa.binary(), None),
        (pa.binary(4), pa.binary(16), pa.binary()),
        (pa.date32(), pa.timestamp("us"), pa.timestamp("us")),
        (pa.date32(), pa.timestamp("ns"), None),
        (pa.timestamp("us"), pa.timestamp("ns"), None),
        (pa.timestamp("us"), pa.timestamp("us", "UTC"), None),
        (pa.timestamp("s", "UTC"), pa.timestamp("us", "Europe/Oslo"), pa.timestamp("us", "Europe/Oslo")),
        (pa.timestamp("us", "Asia/Tokyo"), pa.timestamp("us", "Europe/Oslo"), pa.timestamp("us", "UTC")),
        (pa.time32("s"), pa.time64("ns"), pa.time64("ns")),
        (pa.duration("s"), pa.duration("us"), pa.duration("us")),
        (pa.null(), pa.dictionary(pa.int8(), pa.string()), pa.string()),
        (pa.large_list(pa.int8()), pa.list_(pa.int64()), pa.list_(pa.int64())),
        (pa.list_(pa.int8(), 2), pa.list_(pa.int64(), 3), pa.list_(pa.int64())),
        (
            pa.struct([("b", pa.int8()), ("a", pa.null())]),
            pa.struct([pa.field("a", pa.string(), False), ("c", pa.date32())]),
            pa.struct([("b", pa.int8()), ("a", pa.string()), ("c", pa.date32())]),
        ),
        (pa.map_(pa.string(), pa.uint8()), pa.map_(pa.string(), pa.int8()), pa.map_(pa.string(), pa.int16())),
    ],
    ids=str,
)
def test_the_least_type_for_two(a: pa.DataType, b: pa.DataType, wide: pa.DataType | None) -> None:
    assert widened(a, b) == wide


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_form_of_storage_is_equal_to_its_plain_type(form: pa.DataType) -> None:
    plain = plain_type(form)
    assert plain_type(plain) == plain
    assert holds(plain, form)
    assert holds(form, plain)


def test_holding_is_an_order_of_all_scalar_types() -> None:
    """What is held by what is held is held: else a column widened twice could have lost what it had at first."""
    below = {kind: {narrow for narrow in SCALARS if holds(kind, narrow)} for kind in SCALARS}
    assert [kind for kind in SCALARS if kind not in below[kind]] == []
    assert [(kind, held) for kind in SCALARS for held in below[kind] if not below[held] <= below[kind]] == []


@SETTINGS
@given(RELATED, RELATED, RELATED)
def test_holding_is_an_order_of_nested_types(a: pa.DataType, b: pa.DataType, c: pa.DataType) -> None:
    assert holds(a, a)
    if holds(a, b) and holds(b, c):
        assert holds(a, c)


@SETTINGS
@given(ANY | RELATED, ANY | RELATED)
def test_a_widened_type_holds_both(a: pa.DataType, b: pa.DataType) -> None:
    wide = widened(a, b)
    if wide is None:
        assert not holds(a, b)
        assert not holds(b, a)
    else:
        assert holds(wide, a)
        assert holds(wide, b)
        assert plain_type(wide) == wide


@SETTINGS
@given(ANY | RELATED, ANY | RELATED)
def test_what_holds_the_other_stays(a: pa.DataType, b: pa.DataType) -> None:
    assert widened(a, a) == plain_type(a)
    if holds(a, b):
        assert _equal(widened(a, b), a)


@SETTINGS
@given(ANY | RELATED, ANY | RELATED)
def test_which_comes_first_does_not_matter(a: pa.DataType, b: pa.DataType) -> None:
    assert _equal(widened(a, b), widened(b, a))


def test_no_scalar_type_that_holds_two_is_below_the_widened_one() -> None:
    """But for signed with unsigned integers, which get an integer and not the decimal of three digits below it."""
    for a, b in product(SCALARS, SCALARS):
        wide, both = widened(a, b), [kind for kind in SCALARS if holds(kind, a) and holds(kind, b)]
        if wide is None:
            assert both == [], (a, b)
        elif not _signs_differ(a, b):
            assert [kind for kind in both if not holds(kind, wide)] == [], (a, b, wide)


def test_the_order_in_which_scalar_types_are_widened_does_not_matter() -> None:
    for a, b, c in product(SCALARS, SCALARS, SCALARS):
        if _signs_differ(a, b, c) and {a, b, c} & {*DECIMALS, *FLOATS}:
            continue
        assert _chained(a, b, c) == _chained(b, c, a), (a, b, c)


@SETTINGS
@given(RELATED, RELATED, RELATED)
def test_the_order_in_which_nested_types_are_widened_does_not_matter(
    a: pa.DataType, b: pa.DataType, c: pa.DataType
) -> None:
    assert _equal(_chained(a, b, c), _chained(b, c, a))


def test_what_a_scalar_type_holds_the_casts_keep() -> None:
    wrong = [
        (str(w), str(n)) for w, n in product(SCALARS, SCALARS) if not _spelled(w, n) and holds(w, n) != _keeps(w, n)
    ]
    assert wrong == []


@SETTINGS
@given(RELATED, RELATED)
def test_what_a_nested_type_holds_the_casts_keep(wide: pa.DataType, narrow: pa.DataType) -> None:
    if holds(wide, narrow):
        assert _keeps(wide, narrow)


@SETTINGS
@given(RELATED, RELATED)
def test_a_widened_nested_type_keeps_the_values_of_both(a: pa.DataType, b: pa.DataType) -> None:
    wide = widened(a, b)
    if wide is not None:
        assert _keeps(wide, a)
        assert _keeps(wide, b)


def _keeps(wide: pa.DataType, narrow: pa.DataType) -> bool:
    """Whether every edge value of the one is in the other, and is what it was when it comes back."""
    if not castable(narrow, wide):
        return False
    values = edge_values(narrow)
    cast = exact_or_null(values, wide)
    if cast.null_count != values.null_count:
        return False
    # Where there is no way back (none leads to null), that no value became null has to do.
    return not castable(wide, narrow) or same(exact_or_null(cast, narrow), values)


def _spelled(wide: pa.DataType, narrow: pa.DataType) -> bool:
    """Pairs of which the casts spell values, or take the digits of a decimal for the float that they name."""
    types = pa.types
    texts = (types.is_string, types.is_binary, types.is_fixed_size_binary, types.is_boolean)
    if wide != narrow and any(is_one(kind) for is_one in texts for kind in (wide, narrow)):
        return not (types.is_fixed_size_binary(narrow) and types.is_binary(wide)) and not types.is_null(narrow)
    return bool(types.is_floating(wide) and types.is_decimal(narrow))


def _signs_differ(*kinds: pa.DataType) -> bool:
    signs = {pa.types.is_signed_integer(kind) for kind in kinds if kind in INTEGERS}
    return len(signs) == 2


def _chained(a: pa.DataType, b: pa.DataType, c: pa.DataType) -> pa.DataType | None:
    wide = widened(a, b)
    return None if wide is None else widened(wide, c)


def _equal(a: pa.DataType | None, b: pa.DataType | None) -> bool:
    """The same type, whatever the order of the fields of a struct."""
    return a == b if a is None or b is None else holds(a, b) and holds(b, a)
