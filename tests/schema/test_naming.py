"""Names in one style: what a person means by a word is kept, and no two names become one without a word about it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit.schema.naming import collisions, normalised

NAMES = st.lists(st.text(max_size=12) | st.from_regex(r"[A-Za-z]{1,4}[0-9A-Z _.]{0,3}[A-Za-z]{0,4}", fullmatch=True))


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("order_id", "order_id"),
        ("camelCase", "camel_case"),
        ("HTTPServerID", "http_server_id"),
        ("userIDs", "user_ids"),
        ("IDs2Keep", "ids2_keep"),
        ("address2Line", "address2_line"),
        ("UTF8Text", "utf8_text"),
        ("A1b", "a1b"),
        ("  Net price (EUR) ", "net_price_eur"),
        ("a.b-c/d", "a_b_c_d"),
        ("__x__y__", "x_y"),
        ("2nd place", "_2nd_place"),
        ("ÅrligSum", "årlig_sum"),
        ("GROẞE", "große"),
        ("Größe (cm)", "größe_cm"),
        ("Città", "città"),
        ("ДатаЗаказа", "дата_заказа"),
        ("हिन्दी नाम", "हिन्दी_नाम"),
        ("数量", "数量"),
        ("e\u0301te\u0301", "été"),
        ("\u01c5ep", "\u01c6ep"),
    ],
)
def test_snake_case(name: str, snake: str) -> None:
    assert normalised([name], "snake_case") == (snake,)


def test_a_name_without_letters_and_digits_is_called_by_its_position() -> None:
    assert normalised(["a", "***", "", "_"], "snake_case") == ("a", "column_2", "column_3", "column_4")


@given(NAMES)
def test_preserve_changes_nothing(names: list[str]) -> None:
    assert normalised(names, "preserve") == tuple(names)


@given(NAMES)
def test_normalised_names_stay_as_they_are(names: list[str]) -> None:
    """A second load, or a table that is read and written on, must not rename its columns again."""
    once = normalised(names, "snake_case")
    assert len(once) == len(names)
    assert normalised(once, "snake_case") == once


@given(st.text(max_size=12))
def test_a_normalised_name_is_a_word_of_any_script(name: str) -> None:
    [snake] = normalised([name], "snake_case")
    assert snake
    assert unicodedata.is_normalized("NFC", snake)
    assert not snake[0].isdigit()
    assert [char for char in snake if not (char == "_" or char.isalnum() or unicodedata.category(char)[0] == "M")] == []


def test_names_that_become_one_are_told() -> None:
    names = ["orderId", "order_id", "Order ID", "total"]
    assert collisions(normalised(names, "snake_case")) == [("order_id", "order_id", "order_id")]


def test_case_and_composition_of_letters_collide_where_they_cannot_be_told_apart() -> None:
    assert collisions(["a", "A", "b"]) == []
    assert collisions(["a", "A", "b"], fold_case=True) == [("a", "A")]
    assert collisions(["é", "e\u0301", "e"]) == [("é", "e\u0301")]
    assert collisions(["É", "e\u0301"], fold_case=True) == [("É", "e\u0301")]
