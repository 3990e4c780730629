"""Rows from the head, the middle and the tail of a table, by where its row ids begin and end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conduit.sdk import Message, Part, Position, Sample, first_rows


def sample_by_rowid(
    read: Callable[[Position | None], Iterator[Message]], span: tuple[int, int] | None, rows: int
) -> Iterator[Sample]:
    """Up to `rows` rows. `read` reads behind a row id, `span` has the first and the last one.

    None: there are no row ids, and the first rows have to do; so they do where the table is small.
    """
    if span is None or span[1] - span[0] < rows:
        yield from first_rows(read(None), "head", rows)
        return
    first, last = span
    share = -(-rows // 3)
    # Where rows were deleted a stretch of ids holds fewer of them: the tail may then be short, and is still the tail.
    starts: list[tuple[Part, int]] = [
        ("head", first - 1),
        ("middle", first + (last - first - share) // 2),
        ("tail", last - share),
    ]
    for part, after in starts:
        yield from first_rows(read(Position({"rowid": after, "rows": 0})), part, share)
