"""What can be said against a load before a row is read: of names, of columns that lack, of types that may lose."""

from __future__ import annotations

import pyarrow as pa

from conduit.core.fidelity import Fidelity, fidelity
from conduit.core.spec import DestinationSpec
from conduit.core.types import type_name
from conduit.errors import nearest_name
from conduit.schema.contract import Contract
from conduit.schema.findings import Findings


def look_at_names(observed: pa.Schema, contract: Contract, spec: DestinationSpec, findings: Findings) -> None:
    """Note names that stand for two columns, that are too long for the destination, and columns that are required."""
    names = observed.names
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        findings.problem(f"{names.count(name)} columns would be called {name!r}", "Rename all but one with `rename:`.")
    for name in dict.fromkeys(names):
        size = len(name.encode())
        if spec.name_limit is not None and size > spec.name_limit:
            findings.problem(
                f"the name of the column {name!r} has {size} bytes, and {spec.name} takes at most {spec.name_limit}",
                "Give the column a shorter name with `rename:`: names are never cut.",
            )
    for name in contract.required_columns:
        if name not in names:
            near = nearest_name(name, names)
            hint = f" (is it {near!r}?)" if near else ""
            findings.problem(
                f"the required column {name!r} is not in the data{hint}", "Rename it with `rename:`, or ask the source."
            )


def look_at_types(observed: pa.Schema, target: pa.Schema, contract: Contract, findings: Findings) -> None:
    """Note columns whose type may lose a value in `target`, and those that may be NULL where that forbids it."""
    for wanted in target:
        if wanted.name not in observed.names:
            continue
        field = observed.field(wanted.name)
        if field.nullable and not wanted.nullable:
            findings.warn(f"the column {field.name!r} may be NULL and the table's may not: such rows are rejects")
        if fidelity(field.type, wanted.type) is not Fidelity.LOSSY:
            continue
        sentence = f"some values of the column {field.name!r} ({type_name(field.type)}) may not fit its type in the"
        sentence += f" table, {type_name(wanted.type)}"
        if contract.strict:
            findings.problem(sentence, "Convert it with `cast:`, or allow it with `strict_validation: false`.")
        else:
            findings.warn(f"{sentence}: such rows are rejects")
