"""SQL text that has to be built: quoted identifiers and wrapped queries for DuckDB and SQLite; values are parameters.

Both dialects follow the standard here: an identifier stands in double quotes, a double quote in it is doubled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conduit.sdk import SchemaError


def quote(name: str) -> str:
    """`name` as an identifier, whatever is in it. Raises SchemaError for the one character that no engine takes."""
    if not name or "\0" in name:
        raise SchemaError(
            f"{name!r} cannot be the name of a table or a column.", remedy="Rename it: a name has no NUL in it."
        )
    return '"' + name.replace('"', '""') + '"'


def quoted(names: Iterable[str], prefix: str = "") -> str:
    """The names quoted and joined by commas, each behind `prefix` (an alias and its dot, say)."""
    return ", ".join(prefix + quote(name) for name in names)


def subselect(query: str) -> str:
    """The user's query as a table expression. Its text stays as it is; only what follows its end is cut off."""
    # A newline closes a trailing `-- comment`, which would otherwise swallow our parenthesis.
    return f"(\n{query.rstrip().rstrip(';')}\n) AS conduit_query"


def last_of_each_key(columns: Sequence[str], keys: Sequence[str], table: str, order: str) -> str:
    """A SELECT of `columns` that keeps, of the rows with equal keys, the one that `order` (descending) puts first."""
    return (
        f"SELECT {quoted(columns)} FROM (SELECT {quoted(columns)}, row_number() OVER "
        f"(PARTITION BY {quoted(keys)} ORDER BY {order}) AS conduit_rank FROM {table}) AS ranked "
        "WHERE conduit_rank = 1"
    )


def latest_first(part_column: str, parts: Sequence[int], rowid: str) -> str:
    """An ORDER BY under which the row that was written last comes first: later parts, and in a part later rows."""
    if len(parts) < 2:
        return f"{rowid} DESC"
    ranks = " ".join(f"WHEN {part} THEN {rank}" for rank, part in enumerate(parts))
    return f"CASE {quote(part_column)} {ranks} END DESC, {rowid} DESC"


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, lengthened by underscores until no taken name equals it, case aside as the engines do."""
    lower = {name.lower() for name in taken}
    while wanted.lower() in lower:
        wanted += "_"
    return wanted
