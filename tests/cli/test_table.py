"""Columns line up for every script, and long last cells wrap below themselves."""

from __future__ import annotations

from conduit.cli.table import Column, display_width, table_lines, total_width

COLUMNS = [Column("name"), Column("rows", right=True), Column("about")]


def test_numbers_stand_to_the_right_and_text_to_the_left() -> None:
    assert list(table_lines(COLUMNS, [["a", "1,000", "x"], ["long name", "5", "y"]])) == [
        "name        rows  about",
        "a          1,000  x",
        "long name      5  y",
    ]


def test_wide_and_combining_characters_keep_the_columns_straight() -> None:
    rows = [["注文", "1", "x"], ["e\u0301te\u0301", "1", "y"]]
    lines = list(table_lines(COLUMNS, rows))
    assert display_width("注文") == 4
    assert {display_width(line[: line.index("1")]) for line in lines[1:]} == {total_width(COLUMNS, rows) - 8}


def test_the_last_column_wraps_to_the_width() -> None:
    lines = list(table_lines(COLUMNS, [["a", "1", "several words that need more than one line"]], width=34))
    assert lines == [
        "name  rows  about",
        "a        1  several words that",
        "            need more than one",
        "            line",
    ]
