"""A column of numbers is taken for floats only where a float gives back every digit that is in the sample."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import conduit


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1.5", "2"], pa.float64()),
        (["1.5", "999999999999999"], pa.float64()),
        (["1234567.12345678", "1"], pa.float64()),
        # 9007199254740993 is the first whole number that no double is.
        (["1.5", "9007199254740993"], pa.string()),
        (["1.5", "9999999999999999"], pa.string()),
        (["1.5", "1234567890.1234567"], pa.string()),
        (["9007199254740993", "1"], pa.int64()),
    ],
)
def test_the_type_gives_back_the_digits(tmp_path: Path, values: list[str], kind: pa.DataType) -> None:
    (tmp_path / "numbers.csv").write_text("\n".join(["n", *values]))
    table = conduit.read(tmp_path / "numbers.csv").to_arrow()
    assert table.schema.field("n").type == kind
    if kind == pa.string():
        assert table["n"].to_pylist() == values
