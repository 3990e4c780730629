"""The books of a parsed chunk: every key and every string in the text must be found again in the columns.

Polars refuses nearly everything that does not fit a given schema. Four things it lets pass, and they are counted here:
keys that the schema does not have, keys that stand twice, values in text columns that are no strings, and halves of
surrogate pairs. A key whose value is null says nothing and may be ignored, so it is left out on both sides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SPACE, _QUOTE, _COLON, _BACKSLASH, _NULL = ord(" "), ord('"'), ord(":"), ord("\\"), ord("n")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPED_COLON = re.compile(rb"\\u003[aA]")
_ESCAPES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def books_balance(text: bytes, batch: pa.RecordBatch) -> bool:
    """Whether `batch`, which was parsed from `text` as valid JSON, holds everything that stands in it.

    False also where that cannot be told at a glance. Columns of strings (dates among them) must still be text.
    """
    data = np.frombuffer(text, np.uint8)
    if b"\\" in text and not _surrogates_are_paired(text):
        return False
    keys = _keys(data)
    if keys is None:
        return False
    found = _Contents()
    for column in batch.columns:
        found.add_keyed(column)
    nulls, strings = _values_after(data, keys)
    # A text that begins with a colon looks like the end of a key: `"a":": x"`.
    posing, posing_null, posing_string = found.posing_as_keys()
    if posing and _ESCAPED_COLON.search(text):
        return False
    if len(keys) - posing - (nulls - posing_null) != found.keyed or strings - posing_string != found.keyed_strings:
        return False
    return not found.listed_strings or _listed_strings(text, data, len(keys) - posing, found) == found.listed_strings


class _Contents:
    """Counts of values in columns: of all that have a key, of the strings among them, and of strings in lists."""

    def __init__(self) -> None:
        self._texts: list[pa.Array] = []
        self.keyed = 0
        self.keyed_strings = 0
        self.listed_strings = 0
        self.suspicious = False

    def add_keyed(self, column: pa.Array) -> None:
        present = len(column) - column.null_count
        self.keyed += present
        if _is_text(column.type):
            self.keyed_strings += present
            self._texts.append(column)
        self._descend(column)

    def posing_as_keys(self) -> tuple[int, int, int]:
        """Texts that begin with a colon: of all, before what looks like a null, before what looks like a string."""
        every = null = string = 0
        for texts in self._texts:
            posing = texts.filter(pc.starts_with(texts, ":"))
            if len(posing):
                every += len(posing)
                null += pc.sum(pc.match_substring_regex(posing, "^: ?n")).as_py()
                string += pc.sum(pc.match_substring_regex(posing, "^: ?$")).as_py()
        return every, null, string

    def _descend(self, column: pa.Array) -> None:
        if pa.types.is_struct(column.type):
            # Unlike `field`, this hands a null of the parent down to its children.
            for child in column.flatten():
                self.add_keyed(child)
        elif pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            items = column.flatten()
            if _is_text(items.type):
                self.listed_strings += len(items) - items.null_count
                self.suspicious = self.suspicious or _may_be_nested(items)
                self._texts.append(items)
            self._descend(items)


def _keys(data: NDArray[Any]) -> NDArray[Any] | None:
    """Where the quotes stand that end a key; None when a backslash or a space makes that a question."""
    before, after = data[:-1], data[1:]
    colon = after == _COLON
    # `"key" :` would not be counted as a key. A space before a colon inside of a text is no harm.
    spaced = np.flatnonzero(colon & (before <= _SPACE))
    if len(spaced) and (np.isin(data[spaced - 1], (_QUOTE, 32, 9, 10, 13))).any():
        return None
    keys = np.flatnonzero(colon & (before == _QUOTE))
    escaped = data[keys - 1] == _BACKSLASH
    if not escaped.any():
        return keys
    # `\":` stands inside a text; `\\":` may be a key that ends in a backslash.
    return None if (data[keys[escaped] - 2] == _BACKSLASH).any() else keys[~escaped]


def _values_after(data: NDArray[Any], keys: NDArray[Any]) -> tuple[int, int]:
    """How many keys are followed by null, and how many by a string, at once or after one space."""
    first = data[keys + 2]
    spaced = first == _SPACE
    if spaced.any():
        first = np.where(spaced, data[np.minimum(keys + 3, len(data) - 1)], first)
    return int(np.count_nonzero(first == _NULL)), int(np.count_nonzero(first == _QUOTE))


def _listed_strings(text: bytes, data: NDArray[Any], keys: int, found: _Contents) -> int:
    """Strings that have no key, counted by the quotes that are left; -1 when that would prove nothing."""
    if found.suspicious or b"\\\\" in text:
        return -1
    quotes = int(np.count_nonzero(data == _QUOTE))
    if b"\\" in text:
        quotes -= text.count(b'\\"')
    left, odd = divmod(quotes - 2 * keys - 2 * found.keyed_strings, 2)
    return -1 if odd else left


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _may_be_nested(items: pa.Array) -> bool:
    """Whether an item of a list of text may be an object or an array that was turned into its text."""
    opens = pc.or_(pc.starts_with(items, "{"), pc.starts_with(items, "["))
    return bool(pc.any(opens).as_py())


def _surrogates_are_paired(text: bytes) -> bool:
    if not _SURROGATE.search(text):
        return True
    return not any(lone for lone in _ESCAPES.findall(text))
