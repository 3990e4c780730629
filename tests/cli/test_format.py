"""People compare numbers at a glance: units, separators and digits must be steady."""

from __future__ import annotations

import pytest

from conduit.cli import format


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"), (0.0124, "12 ms"), (0.9991, "999 ms"), (0.9996, "1.0 s"), (2.13, "2.1 s"), (59.94, "59.9 s"),
        (59.96, "1 min 00 s"), (75, "1 min 15 s"), (3599.6, "1 h 00 min"), (10_921, "3 h 02 min"), (-1, "0 ms"),
    ],
)  # fmt: skip
def test_a_duration_has_two_significant_parts(seconds: float, text: str) -> None:
    assert format.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_951, "1.0 MB"),
     (766_312_000, "766.3 MB"),
     (3 * 10**15, "3.0 PB"), (2 * 10**18, "2000.0 PB")],
)  # fmt: skip
def test_a_size_is_in_the_unit_that_keeps_it_short(number: int, text: str) -> None:
    assert format.size(number) == text


@pytest.mark.parametrize(
    ("rows", "seconds", "text"),
    [(6_001_215, 2.13, "2,820,000"), (1000, 0.021, "47,600"), (999_600, 1, "1,000,000"), (150, 1, "150"),
     (7, 2, "3.5"), (0, 1, "-"), (5, 0, "-")],
)  # fmt: skip
def test_a_rate_has_three_significant_digits(rows: int, seconds: float, text: str) -> None:
    assert format.rate(rows, seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(6.6, "0:07"), (750, "12:30"), (3723, "1:02:03"), (-3, "0:00")])
def test_a_clock_shows_whole_seconds(seconds: float, text: str) -> None:
    assert format.clock(seconds) == text


def test_counts_have_separators_and_agree_with_their_noun() -> None:
    assert (format.count(6_001_215), format.counted(1, "row"), format.counted(1200, "row")) == (
        "6,001,215",
        "1 row",
        "1,200 rows",
    )


def test_control_characters_of_data_are_shown_and_not_obeyed() -> None:
    assert format.printable("a\x1b[2Jb\rc\nd") == "a\\x1b[2Jb\\rc\nd"
    assert format.one_line("a\nb") == "a ⏎ b"
    assert format.one_line("abcdef", 4) == "abc…"
