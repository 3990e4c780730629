"""What a load changes in the structure of a table that is there: data, which a destination applies with its commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new column after the others; rows that are there have NULL in it, so `field` is nullable."""

    field: pa.Field


@dataclass(frozen=True, slots=True)
class WidenColumn:
    """A column gets a type that holds every value which its old one holds."""

    name: str
    old: pa.DataType
    new: pa.DataType


@dataclass(frozen=True, slots=True)
class RelaxColumn:
    """A column that had to have a value may be NULL from now on."""

    name: str


SchemaChange: TypeAlias = AddColumn | WidenColumn | RelaxColumn
