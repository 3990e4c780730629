"""Changes of structure that the contract leaves to a person: written down as a file, once, and the load refused."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from shlex import quote as quoted
from urllib.parse import quote

from conduit.engine.context import RunContext
from conduit.errors import SchemaError

FOLDER = "migrations"


def left_to_a_person(resource: str, table: str, statements: Sequence[str], context: RunContext) -> SchemaError:
    """The error that stops the load; it names the file, which a dry run does not write."""
    if context.database is None:
        where = f"A run writes the statements to the folder {FOLDER!r}."
    else:
        text = _text(resource, table, statements)
        where = f"The statements are in {write_migration(context.directory, resource, text, context.started)}."
    return SchemaError(
        f"The table {table!r} has to change before this load, and `mode: manual` leaves that to you. {where}",
        problems=statements,
        place=f"resource {resource!r}",
        remedy=_remedy(resource, statements),
    )


def write_migration(directory: Path, resource: str, text: str, now: datetime) -> Path:
    """Write `<directory>/migrations/<UTC time>_<resource>.sql`, and give its path.

    Where a file of this resource says the same already, that one is it. Raises SchemaError, with the text, for a
    folder that cannot be written.
    """
    folder, name = directory / FOLDER, quote(resource, safe=" ")
    path = folder / f"{now:%Y%m%dT%H%M%SZ}_{name}.sql"
    try:
        for known in sorted(folder.glob("*.sql")):
            if known.name.partition("_")[2] == f"{name}.sql" and known.read_text("utf-8", "replace") == text:
                return known
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=".", delete=False) as file:
            file.write(text)
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)
    except OSError as failed:
        raise SchemaError(
            f"The migration cannot be written: {failed.strerror}.",
            problems=text.splitlines(),
            place=str(path),
            remedy="Apply these statements yourself, then run the resource again.",
        ) from failed
    return path


def _text(resource: str, table: str, statements: Sequence[str]) -> str:
    """The same for the same changes, whenever they are found."""
    lines = (
        f"-- What the table {table!r} needs before the resource {resource!r} can be loaded.",
        f"-- {_remedy(resource, statements)}",
        "",
        *(line if _is_comment(line) else f"{line.rstrip().rstrip(';')};" for line in statements),
    )
    return "\n".join([*lines, ""])


def _remedy(resource: str, statements: Sequence[str]) -> str:
    if all(map(_is_comment, statements)):
        return "There is nothing to run: write what is there anew, or set `mode: auto`, and the load makes the change."
    return f"Apply the statements, then: conduit run --resource {quoted(resource)}".replace("\n", " ")


def _is_comment(line: str) -> bool:
    return line.startswith("--")
