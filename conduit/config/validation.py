"""A part of the file through a pydantic model: an instance, or problems at the exact keys and values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from conduit.config.problems import Problems, Subject, quoted
from conduit.config.pydantic_errors import report
from conduit.config.secrecy import gives_away
from conduit.config.spelling import shown_name, spellings
from conduit.config.tree import Node, leaves, plain
from conduit.core.position import Json
from conduit.errors import ConduitError

M = TypeVar("M", bound=BaseModel)


def validated(
    model: type[M], node: Node, subject: Subject, problems: Problems, *, also_known: Iterable[str] = ()
) -> M | None:
    """The model's instance for a mapping, or None after its problems were noted.

    Unknown keys and a key that is written in two spellings do not keep the rest from being checked.
    `also_known` are keys that stand beside the model's in the file, offered when a key is unknown.
    """
    before = len(problems)
    takes_any = model.model_config.get("extra") == "allow"
    fields = {key: name for name, field in model.model_fields.items() for key in spellings(name, field)}
    offered = {shown_name(name, field) for name, field in model.model_fields.items()}
    written: dict[str, str] = {}
    for key, entry in node.entries.items():
        if key not in fields and takes_any:
            written[key] = key
        elif key not in fields:
            problems.unknown_key(entry.place, key, subject, {*offered, *also_known})
        elif fields[key] in written:
            problems.add(
                entry.place,
                f"{subject.key(key)} says the same as {quoted(written[fields[key]])}",
                remedy="Remove one of them.",
            )
        else:
            written[fields[key]] = key
    # Pydantic may take a field only by its alias; the file may use any spelling.
    data: dict[str, Json] = {
        _first_spelling(model, name): plain(node.entries[key].node) for name, key in written.items()
    }
    try:
        instance = model.model_validate(data)
    except ValidationError as failed:
        report(failed, model, node, written, subject, problems)
        return None
    except ConduitError as failed:
        _report_refusal(failed, node, subject, problems)
        return None
    return instance if len(problems) == before else None


def _first_spelling(model: type[BaseModel], name: str) -> str:
    """The key that pydantic takes for a field; for a key that is no field, itself."""
    field = model.model_fields.get(name)
    return name if field is None else spellings(name, field)[0]


def _report_refusal(failed: ConduitError, node: Node, subject: Subject, problems: Problems) -> None:
    """A validator raised one of Conduit's own errors, which has no location: the value that it quotes tells it."""
    if gives_away(f"{failed.message} {failed.remedy}", node):
        problems.add(node.place, f"{subject.label}: a value is not valid (it is not shown)")
        return
    at_fault = (leaf for leaf in leaves(node) if isinstance(leaf.value, str) and repr(leaf.value) in failed.message)
    problems.add(next(at_fault, node).place, f"{subject.label}: {failed.message}", remedy=failed.remedy)
