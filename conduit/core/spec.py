"""What a connector claims about itself, as data; the conformance suites exercise each claim."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

OnTypeError: TypeAlias = Literal["dlq", "fail", "null"]
Evolves: TypeAlias = Literal["add", "widen", "relax"]


class WriteMode(str, Enum):
    """How an epoch's rows meet the rows that are already there. Data, not a method per mode."""

    APPEND = "append"
    FULL_REFRESH = "full_refresh"
    UPSERT = "upsert"
    INSERT_ONLY = "insert_only"
    DELETE_INSERT = "delete_insert"
    SCD2 = "scd2"


class Commit(str, Enum):
    """How a destination makes an epoch visible at once."""

    TRANSACTION = "transaction"
    RENAME = "rename"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source's claims. `absorbs` names what `scan` can take over: columns, filter, limit."""

    name: str
    summary: str
    resume: bool = False
    absorbs: frozenset[str] = frozenset()
    extra: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DestinationSpec:
    """A destination's claims.

    `remembers` is true when `find` still knows a token after a crash. `typed` is true when what is there has types
    that batches must be brought to before they are appended (CSV and JSON files have names only). `dictionaries` is
    true when a batch may hold text dictionary-encoded where the job's schema has plain text. `evolves` names the
    changes of structure that a commit can make. `name_limit` is how many bytes of UTF-8 a name of a column can have.
    """

    name: str
    summary: str
    modes: frozenset[WriteMode]
    commit: Commit
    remembers: bool = True
    typed: bool = True
    dictionaries: bool = False
    evolves: frozenset[Evolves] = frozenset()
    name_limit: int | None = None
    extra: str | None = None
    aliases: tuple[str, ...] = ()
