"""The type of a column of text, value by value: what hurts users is a digit, a zero or a zone that is gone."""

from __future__ import annotations

import pyarrow as pa
import pytest

from conduit.core.types import parse_type
from conduit.schema.infer_text import infer_text


def _inferred(*texts: str) -> pa.DataType:
    return infer_text(pa.array(texts, pa.string())).type


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["true", "FALSE"], "bool"),
        (["1", "-2", " 3 "], "int64"),
        (["9223372036854775807", "-9223372036854775808"], "int64"),
        (["9223372036854775808", "0"], "uint64"),
        (["18446744073709551615", "1"], "uint64"),
        (["18446744073709551616"], "decimal(38,0)"),
        (["9223372036854775808", "-1"], "decimal(38,0)"),
        (["1" * 39], "decimal(76,0)"),
        (["1" * 77], "string"),
        (["1", "2.5"], "float64"),
        (["12.50", "0.10"], "float64"),
        (["1e5", ".5", "5.", "-0.25", "nan", "-inf"], "float64"),
        (["12345678901234567.25", "1.5"], "decimal(38,2)"),
        (["0.1234567890123456789"], "decimal(38,19)"),
        (["9007199254740993", "0.5"], "decimal(38,1)"),
        (["9007199254740991", "0.5"], "float64"),
        (["12345678901234567.25", "nan"], "string"),
        (["12345678901234567.25", "1e5"], "string"),
        (["1e400"], "string"),
        (["1e-320"], "string"),
        (["2024-02-29", "0001-01-01", "9999-12-31"], "date32"),
        (["2023-02-29"], "string"),
        (["2024-02-29", "2024-02-29 10:00"], "timestamp[us]"),
        (["2024-02-29T10:00:00.123456", "9999-12-31 23:59:59"], "timestamp[us]"),
        (["2024-02-29T10:00:00.123456789", "2024-02-29"], "timestamp[ns]"),
        (["2024-02-29T10:00:00.123456789", "2262-04-12"], "string"),
        (["2024-02-29T10:00:00Z", "2024-02-29T10:00:00+02:00"], "timestamp[us, UTC]"),
        (["2024-02-29T10:00:00.123456789Z"], "timestamp[ns, UTC]"),
        (["2024-02-29T10:00:00Z", "2024-02-29T10:00:00"], "string"),
        (["2024-02-29T10:00:00Z", "2024-02-29"], "string"),
        (["10:00:00", "23:59:59.5"], "time[us]"),
        (["10:00:00.123456789"], "time[ns]"),
        (["25:00:00"], "string"),
        (["007", "008"], "string"),
        (["-07"], "string"),
        (["+1"], "string"),
        (["0x1F"], "string"),
        (["1,234"], "string"),
        (["٣"], "string"),
        (["true", "1"], "string"),
        (["1", ""], "string"),
        (["1", "2024-01-01"], "string"),
        ([], "string"),
    ],
    ids=str,
)
def test_the_narrowest_type_that_keeps_every_value(texts: list[str], name: str) -> None:
    assert _inferred(*texts) == parse_type(name)


@pytest.mark.parametrize(
    ("texts", "forced_by", "reason"),
    [
        (["1", "2", "n/a"], "n/a", "is no number"),
        (["a", "b"], None, ""),
        (["a", "b", "7"], None, ""),
        (["a", "b", "007"], None, ""),
        (["1", "2"], None, ""),
        (["1", "2.5"], "2.5", "is no whole number"),
        (["1", "007"], "007", "would lose its leading zeros or its sign as a number"),
        (["1", "9223372036854775808"], "9223372036854775808", "is larger than an int64"),
        (["0.5", "12345678901234567.25"], "12345678901234567.25", "has more digits than a double keeps"),
        (["2024-01-01", "2024-01-01 10:00"], "2024-01-01 10:00", "has a time of day"),
        (["2024-01-01 10:00", "2024-01-01 10:00Z"], "2024-01-01 10:00Z", "is no date or timestamp"),
        (["2024-01-01 10:00", "2024-01-01 10:00:00.1234567"], "2024-01-01 10:00:00.1234567",
         "has more than six digits of a second"),
    ],
    ids=str,
)  # fmt: skip
def test_the_value_that_forced_the_type_is_named(texts: list[str], forced_by: str | None, reason: str) -> None:
    found = infer_text(pa.array(texts, pa.string()))
    assert (found.forced_by, found.reason) == (forced_by, reason)


def test_the_odd_one_is_the_one_that_few_rows_have() -> None:
    """Without the counts one could not tell which of two values is the odd one."""
    texts = pa.array(["12", "soon"])
    assert infer_text(texts, pa.array([500, 1])).forced_by == "soon"
    assert infer_text(pa.array(["2024-01-01", "7"]), pa.array([1, 500])).forced_by == "2024-01-01"


def test_words_for_null_are_told_from_text() -> None:
    found = infer_text(pa.array(["1", "2", "N/A", "-"]))
    assert (found.type, found.null_words, found.without_them) == (pa.string(), ("N/A", "-"), pa.int64())
    assert infer_text(pa.array(["1", "2", "N/A", "soon"])).without_them is None
    assert infer_text(pa.array(["N/A", "-"])).without_them is None


def test_a_hundred_thousand_distinct_texts_are_no_matter() -> None:
    numbers = pa.array([str(i) for i in range(100_000)] + ["x"])
    assert infer_text(numbers).forced_by == "x"
