"""What texts mean beside being text is a help where it is right, and a nuisance where it is a guess."""

from __future__ import annotations

import pyarrow as pa
import pytest

from conduit.schema.semantics import meaning_of


@pytest.mark.parametrize(
    ("texts", "meaning"),
    [
        (["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174001"], "uuid"),
        (["123e4567-e89b-12d3-a456-426614174000", "none"], None),
        (['{"a": 1}', "[1, 2]", '{\n "b": [null]}'], "json"),
        (['{"a": 1}', "{a: 1}"], None),
        (['{"a": 1', "[1]"], None),
        (["[]"], "json"),
        (["P1DT2H", "PT0.5S", "P3W", "-P1Y"], "duration"),
        (["P", "P1D"], None),
        (["PT"], None),
        ([r"\x00ff", r"\x"], "binary (hex)"),
        (["aGVsbG8gd29ybGQ=", "Zm9vYmFyMTIz", "AAEC/w=="], "binary (base64)"),
        (["word", "text", "more"], None),
        (["DE", "NO"], None),
        ([], None),
    ],
    ids=str,
)
def test_only_what_every_text_is_counts(texts: list[str], meaning: str | None) -> None:
    assert meaning_of(pa.array(texts, pa.string())) == meaning


def test_json_that_is_nested_without_end_is_no_json() -> None:
    assert meaning_of(pa.array(["[" * 100_000 + "]"])) is None
    assert meaning_of(pa.array(["[" * 100_000 + "]" * 100_000])) in (None, "json")
