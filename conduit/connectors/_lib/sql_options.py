"""Options and findings that all connectors of databases share: what is read, what is written, whether it may be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import model_validator

from conduit.sdk import Options, Probe, ReadRequest, Source, option


class DatabaseFile(Options):
    """The file that is the database."""

    path_fields: ClassVar[tuple[str, ...]] = ("path",)

    path: str = option(description="The database file.", example="shop.db", aliases=("path", "database"))


class TableOrQuery(Options):
    """What is read of a database: a table or a view, or what a SELECT gives."""

    table: str | None = option(None, description="The table or view to read; or give `query`.", example="orders")
    query: str | None = option(
        None, description="A SELECT to read instead of a table.", example="SELECT * FROM orders WHERE paid"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> TableOrQuery:
        if bool(self.table) == bool(self.query):
            raise ValueError("give either `table` or `query`")
        return self


class NewDatabaseFile(Options):
    """The file that is the database, or will be."""

    path_fields: ClassVar[tuple[str, ...]] = ("path",)

    path: str = option(
        description="The database file; it is made when it is not there.",
        example="warehouse.db",
        aliases=("path", "database"),
    )


class TableToWrite(Options):
    """The table that rows go to."""

    table: str | None = option(None, description="The table; the resource's name if unset.", example="orders")


def reading_probe(source: Source[Any], place: str) -> Iterator[Probe]:
    """Whether what the options name can be read, and how many columns it has."""
    try:
        scan = source.scan(ReadRequest())
    except Exception as failed:
        yield Probe(f"read {place}", False, str(failed))
    else:
        yield Probe(f"read {place}", True, f"{len(scan.schema)} columns")


def writing_probe(path: str, *, beside: bool) -> Iterator[Probe]:
    """Whether the file can be written or made; with `beside` others in its folder as well."""
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    exists = os.path.exists(path)
    writable = (not exists or os.access(path, os.W_OK)) and ((exists and not beside) or os.access(folder, os.W_OK))
    yield Probe(f"write {path}", writable, f"in {folder}", "" if writable else "Change the permissions.")
