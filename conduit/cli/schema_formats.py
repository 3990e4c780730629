"""An inferred schema as JSON, as YAML to paste, as an Arrow schema, and as CREATE TABLE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from conduit.cli.format import one_line
from conduit.errors import DestinationError, UnknownName

if TYPE_CHECKING:
    from conduit.config.project import Resource
    from conduit.schema.infer import Inference, InferredColumn

_ENDINGS = {".json": "json", ".yml": "yaml", ".yaml": "yaml", ".arrow": "arrow", ".sql": "sql"}


def form_of(output: str) -> str | None:
    """The format that a file's ending names, or None."""
    return _ENDINGS.get(Path(output).suffix.lower())


def written(target: Path, content: bytes) -> None:
    """Write the file, whole or not at all. Raises DestinationError when that cannot be done."""
    import os

    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        try:
            draft.write_bytes(content)
            os.replace(draft, target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as failed:
        raise DestinationError(
            f"The file cannot be written: {failed.strerror or failed}.",
            place=str(target),
            remedy="Name another one, or change the permissions.",
        ) from failed


def yaml_lines(inference: Inference, resource: Resource) -> Iterator[str]:
    """A `columns:` block for the source with the best type of every column, or a `cast:` block for the resource with
    those that the sample would have otherwise, where the source has no such option.
    """
    from conduit.engine.sampling import takes_columns

    if takes_columns(resource):
        yield f"# In the source {one_line(resource.source.name)!r}:"
        chosen = [(column.source_name, column) for column in inference.columns if not column.outside]
        block = "columns"
    else:
        yield f"# In the resource {one_line(resource.name)!r}; the source {one_line(resource.source.name)!r} has types."
        chosen = [(column.name, column) for column in inference.columns if column.suggested is not None]
        block = "cast"
    named = [(name, column, text) for name, column in chosen if (text := _declarable(column)) is not None]
    unnamed = [name for name, column in chosen if _declarable(column) is None]
    yield f"{block}:" if named else f"{block}: {{}}"
    for name, column, text in named:
        yield f"  {yaml_text(name)}: {yaml_text(text)}{_why(column)}"
    for name in unnamed:
        yield f"# {yaml_text(name)} has a type that has no name here: leave it to the source."


def column_line(column: InferredColumn, *, by_source: bool) -> str:
    """One line of such a block, for the suggested type."""
    from conduit.core.types import type_name

    return f"{yaml_text(column.source_name if by_source else column.name)}: {yaml_text(type_name(column.best))}"


def yaml_text(text: str) -> str:
    """A scalar of YAML that reads back as this text."""
    import json
    import re

    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_ ()<>.-]*", text) and text == text.strip()
    words = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
    return text if plain and text.lower() not in words else json.dumps(text, ensure_ascii=False)


def _declarable(column: InferredColumn) -> str | None:
    """The name of the best type, where the configuration understands it."""
    from conduit.core.types import parse_type, type_name

    text = type_name(column.best)
    try:
        return text if parse_type(text) == column.best else None
    except UnknownName:
        return None


def _why(column: InferredColumn) -> str:
    from conduit.core.types import type_name

    if column.suggested is None:
        return ""
    because = column.misfit or column.forced_by
    return f"  # a run takes {type_name(column.type)}" + (f"; {one_line(str(because))}" if because else "")


def _json(inference: Inference, resource: Resource) -> bytes:
    import json

    return f"{json.dumps(inference.as_dict(), indent=2, ensure_ascii=False)}\n".encode()


def _yaml(inference: Inference, resource: Resource) -> bytes:
    return "".join(f"{line}\n" for line in yaml_lines(inference, resource)).encode()


def _arrow(inference: Inference, resource: Resource) -> bytes:
    serialized: bytes = inference.schema.serialize().to_pybytes()
    return serialized


def _sql(inference: Inference, resource: Resource) -> bytes:
    from conduit.engine.sampling import create_statements

    return "".join(f"{statement.rstrip(';')};\n" for statement in create_statements(resource, inference)).encode()


FORMATS: Mapping[str, Callable[[Inference, Resource], bytes]] = {
    "json": _json,
    "yaml": _yaml,
    "arrow": _arrow,
    "sql": _sql,
}
