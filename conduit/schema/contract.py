"""What the user has declared may happen when the structure of the data differs from what was there: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Rule: TypeAlias = Literal["evolve", "freeze", "reject_row", "reject_value"]
Evolution: TypeAlias = Literal["auto", "manual", "warn"]
OnRemoved: TypeAlias = Literal["ignore", "warn", "fail"]

RULE_OF_NEW_COLUMN: Mapping[str, Rule] = {"add_nullable": "evolve", "ignore": "reject_value", "fail": "freeze"}
"""What the words of `schema_evolution.on_new_column` mean as rules of `contract.columns`."""

RULE_OF_TYPE_CHANGE: Mapping[str, Rule] = {"widen": "evolve", "fail": "freeze", "dlq": "reject_row"}
"""What the words of `schema_evolution.on_type_change` mean as rules of `contract.types`."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What may become of a table, of its columns and of their types, and what is asked of the data before a load.

    Not `enabled`, nothing may change: a column without a place is an error, a value that does not fit a reject. A first
    load creates the table whatever is declared. `mode` says what happens to a change that a rule lets evolve: `auto`
    makes it, `manual` leaves it to a person, `warn` goes on without it. `of_columns` and `of_types` are the rules of
    single columns, which differ from `columns` and `types`. `validate` also looks for types that may lose a value:
    an error if `strict`, else a warning.
    """

    enabled: bool = False
    mode: Evolution = "auto"
    tables: Rule = "evolve"
    columns: Rule = "evolve"
    types: Rule = "evolve"
    of_columns: Mapping[str, Rule] = field(default_factory=dict)
    of_types: Mapping[str, Rule] = field(default_factory=dict)
    on_removed_column: OnRemoved = "warn"
    validate: bool = False
    strict: bool = True
    required_columns: tuple[str, ...] = ()

    def column(self, name: str) -> Rule:
        """What happens to a column of that name which the table does not have."""
        return self.of_columns.get(name, self.columns)

    def type(self, name: str) -> Rule:
        """What happens to values of that column which its type in the table cannot hold."""
        return self.of_types.get(name, self.types)
