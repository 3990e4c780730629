"""A check of the user's own is a check like any other, and when it is wrong the error names it and not our insides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conduit
from conduit.errors import ConfigError, FatalError
from conduit.quality import custom
from conduit.quality.checker import Checker
from conduit.quality.declare import declared_check

from .judging import column, failing_rows


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom, "_registered", {})
    return


def _multiple(column: pl.Expr, of: int = 2, *, offset: int = 0) -> pl.Expr:
    """Multiples of a number."""
    return column % of == offset


def _declare(function: Callable[..., Any], name: str = "multiple", **keys: Any) -> Any:
    conduit.check(name)(function)
    return declared_check({"check": name, "column": "x", "action": "dlq", **keys})


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.integers(-99, 99), max_size=12), st.integers(2, 5))
def test_a_row_passes_where_the_expression_is_true_or_null(values: list[int | None], of: int) -> None:
    check = _declare(_multiple, of=of, offset=1)
    assert failing_rows(check, [column(values, pa.int64())]) == [
        row for row, value in enumerate(values) if value is not None and value % of != 1
    ]


def test_what_is_not_declared_keeps_the_functions_default() -> None:
    assert _declare(_multiple).parameters == {}
    assert _declare(_multiple, of="3").parameters == {"of": 3}
    assert _declare(_multiple, of=3).label == "multiple(x)"
    assert type(_declare(_multiple)).__doc__ == "Multiples of a number."


def test_a_function_sees_the_column_as_it_is() -> None:
    """Not the whole numbers that the built-in checks make of moments; and a field where a path leads to one."""
    seen = _declare(lambda column: column.dt.year() == 2024, "this_year")
    days = pa.array([{"day": 19723}, {"day": 19722}, None], pa.struct([("day", pa.date32())]))
    batch = pa.RecordBatch.from_arrays([days], names=["x"])
    assert failing_rows(seen.model_copy(update={"column": "x.day"}), [batch]) == [1]


def test_a_function_may_look_at_other_columns_of_the_row() -> None:
    check = _declare(lambda column: column <= pl.col("y"), "below")
    assert failing_rows(check, [pa.RecordBatch.from_pydict({"x": [1, 3], "y": [2, 2]})]) == [1]
    with pytest.raises(ConfigError, match="'y'"):
        Checker([check], pa.schema([("x", pa.int64())]))


def test_any_parameter_is_taken_by_a_function_that_takes_any() -> None:
    check = _declare(lambda column, **parameters: column < parameters["most"], "small", most=2)
    assert failing_rows(check, [column([1, 2], pa.int64())]) == [1]


@pytest.mark.parametrize(
    ("keys", "words"),
    [({"off": 1}, "did you mean 'of'"), ({"of": "many"}, "of: "), ({"columm": "x"}, "did you mean 'column'")],
    ids=str,
)
def test_parameters_are_those_of_the_signature(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _declare(_multiple, **keys)
    assert words in str(caught.value)


def test_a_parameter_without_a_default_must_be_given() -> None:
    with pytest.raises(ConfigError, match="least"):
        _declare(lambda column, least: column >= least)


def _raises(column: pl.Expr) -> pl.Expr:
    raise ZeroDivisionError("nothing to divide")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (_raises, "raised ZeroDivisionError: nothing to divide"),
        (lambda column: None, "gave nothing, not an expression"),
        (lambda column: True, "gave a bool, not an expression"),
        (lambda column: column + 1, "gives Int64, not true or false"),
        (lambda column: column.mean() > 1, "one answer for all rows"),
        (lambda column: column.str.contains("a"), "cannot be computed"),
        (lambda column: column.nonsense(), "raised AttributeError"),
    ],
)
def test_a_function_that_gives_no_truth_of_each_row_is_an_error(function: Callable[..., Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Checker([_declare(function)], pa.schema([("x", pa.int64())]))
    assert words in str(caught.value)
    assert "custom check 'multiple'" in str(caught.value)


@pytest.mark.filterwarnings("ignore::polars.exceptions.PolarsInefficientMapWarning")
@pytest.mark.parametrize(
    "function",
    [
        lambda column: column.cast(pl.Int8) > 0,
        lambda column: column.map_elements(lambda value: value < 1 // 0, return_dtype=pl.Boolean),
        lambda column: column.filter(column > 1) > 0,
    ],
)
def test_a_function_that_fails_on_the_data_is_named(function: Callable[..., Any]) -> None:
    sound = declared_check({"check": "range", "column": "x", "min": 0})
    checker = Checker([sound, _declare(function)], pa.schema([("x", pa.int64())]))
    with pytest.raises(FatalError) as caught:
        checker.judge(column([1, 300], pa.int64()))
    assert caught.value.place == "multiple(x)"


@pytest.mark.parametrize("name", ["not_null", "references", "type"])
def test_the_names_of_built_in_checks_are_taken(name: str) -> None:
    with pytest.raises(ConfigError, match="a check of Conduit's own"):
        conduit.check(name)(_multiple)


@pytest.mark.parametrize(
    "function", [lambda: None, lambda *, column: column, lambda column, action: column, lambda column, _x: column]
)
def test_a_signature_that_cannot_be_called_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError):
        conduit.check("broken")(function)


def test_registering_again_replaces() -> None:
    """A cell of a notebook is run again and again."""
    _declare(lambda column: column > 0)
    assert failing_rows(_declare(lambda column: column > 1), [column([1, 2], pa.int64())]) == [0]


def test_a_name_that_nobody_registered_names_the_nearest() -> None:
    conduit.check("multiple")(_multiple)
    with pytest.raises(ConfigError) as caught:
        declared_check({"check": "multipel", "column": "x"})
    assert caught.value.remedy == "Did you mean 'multiple'?"
