"""A filter is pushed down only as far as it is understood for certain; the rest is the engine's."""

from __future__ import annotations

import pytest

from conduit.core.predicate import Comparison, IsNull, parse_predicate


def test_comparisons_joined_by_and_are_understood() -> None:
    predicate = parse_predicate("""a >= 5 AND "odd ""name" <> 'it''s' and b IS NOT NULL and c = true and d < -1.5""")
    assert predicate.exact
    assert predicate.pushable == (
        Comparison("a", ">=", 5),
        Comparison('odd "name', "!=", "it's"),
        IsNull("b", negated=True),
        Comparison("c", "=", True),
        Comparison("d", "<", -1.5),
    )


@pytest.mark.parametrize(
    "text",
    [
        "a = 1 OR b = 2",
        "a BETWEEN 1 AND 5",
        "NOT a = 1",
        "lower(a) = 'x'",
        "a + 1 = 2",
        "a = b",
        "a IN (1, 2) AND c = 3",
        "(a = 1)",
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    predicate = parse_predicate(text)
    assert (predicate.text, predicate.pushable, predicate.exact) == (text, (), False)


def test_an_and_inside_a_text_does_not_cut_it() -> None:
    predicate = parse_predicate("a = 'x and y' AND b = 1")
    assert predicate.pushable == (Comparison("a", "=", "x and y"), Comparison("b", "=", 1))
