"""`schema_evolution:` and `contract:`, in a file or in Python -> what may become of the structure, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from conduit.config.models import Keys, SchemaKeys, Text
from conduit.config.problems import Problems, Subject, quoted
from conduit.config.secrecy import shown
from conduit.config.suggestion import suggestion
from conduit.config.tree import Node
from conduit.config.validation import validated
from conduit.core.position import Json
from conduit.errors import ConfigError, nearest_name
from conduit.schema.contract import RULE_OF_NEW_COLUMN, RULE_OF_TYPE_CHANGE, Contract, Evolution, OnRemoved, Rule

_RULES: tuple[Rule, ...] = get_args(Rule)
_OTHERS = "default"

K = TypeVar("K", bound=BaseModel)


def _rule_of_others(value: Any) -> Any:
    return {_OTHERS: value} if isinstance(value, str) else value


def _warned_of(value: Any) -> Any:
    # A reject is always counted and shown, which is the warning of 1.0 and does not lose the value.
    return "dlq" if value == "warn" else value


_Rules: TypeAlias = Annotated[dict[Text, Rule], BeforeValidator(_rule_of_others)]


class EvolutionKeys(Keys):
    """What happens to which change, in the words of Conduit 1.0."""

    enabled: bool = Field(default=False, description="Whether the structure may change at all.")
    mode: Evolution = Field(default="auto", description="Who makes a change: the load, a person, or nobody.")
    on_new_column: Literal["add_nullable", "ignore", "fail"] | None = Field(
        default=None, description="What happens to a column that the table does not have."
    )
    on_removed_column: OnRemoved | None = Field(
        default=None, description="What a column causes that is no longer in the data."
    )
    on_type_change: Annotated[Literal["widen", "fail", "dlq"], BeforeValidator(_warned_of)] = Field(
        default="widen", description="What happens to values that the column's type cannot hold."
    )
    auto_add_columns: bool | None = Field(default=None, description="`true` means add_nullable, `false` ignore.")
    on_column_removed: OnRemoved | None = Field(default=None, description="The same as `on_removed_column`.")
    update_yaml: bool = Field(default=True, description="No effect: a configuration is never rewritten.")
    track_history: bool = Field(default=True, description="No effect: every version is kept.")


class ContractKeys(Keys):
    """A rule for the table, for its columns and for their types."""

    mode: Evolution = Field(default="auto", description="Who makes a change: the load, a person, or nobody.")
    tables: Rule = Field(default="evolve", description="What happens when a table is gone that was there.")
    columns: _Rules = Field(default={}, description="What happens to new columns: a rule, or one for each name.")
    types: _Rules = Field(default={}, description="What happens to values that do not fit: a rule, or one for each.")
    on_removed_column: OnRemoved = Field(
        default="warn", description="What a column causes that is no longer in the data."
    )


_ONE_THING = (("on_new_column", "auto_add_columns"), ("on_removed_column", "on_column_removed"))


def declared_evolution(keys: Node, subject: Subject, problems: Problems) -> Contract | None:
    """What the two keys of one place declare; None where neither is written, or after its problems were noted."""
    evolution, contract = keys.entries.get("schema_evolution"), keys.entries.get("contract")
    if evolution is not None and contract is not None:
        problems.add(
            contract.place,
            f"{subject.key('contract')} says the same as {quoted('schema_evolution')}",
            remedy="Remove one of them: `contract` is the full form.",
        )
    if contract is not None and contract.node.value is not None:
        return _read_contract(contract.node, subject, problems)
    if evolution is not None and evolution.node.value is not None:
        return _read_evolution(evolution.node, subject, problems)
    return None


def contract_of(*levels: tuple[SchemaKeys, Contract | None]) -> Contract:
    """The contract that several places declare, the resource's own first: the first that has a key wins."""
    declared = next((there for _, there in levels if there is not None), Contract())
    validate = next((keys.validate_schema for keys, _ in levels if keys.validate_schema is not None), None)
    strict = next((keys.strict_validation for keys, _ in levels if keys.strict_validation is not None), None)
    required = next((keys.required_columns for keys, _ in levels if keys.required_columns is not None), ())
    return replace(declared, validate=validate is True, strict=strict is not False, required_columns=required)


def contract_from_python(given: Mapping[str, Any], before: Contract) -> Contract:
    """`before` with what Python code declares changed: the keys of a file, with values of Python.

    A mapping as `schema_evolution` enables it unless it says otherwise. Raises ConfigError with every problem.
    """
    evolution, contract = given.get("schema_evolution"), given.get("contract")
    if evolution is not None and contract is not None:
        raise ConfigError("`contract` says the same as `schema_evolution`.", remedy="Give one of them.")
    settings = {key: value for key, value in given.items() if key not in ("schema_evolution", "contract")}
    keys = _valid(SchemaKeys, settings, "The settings of the schema")
    declared: Contract | None = None
    if isinstance(evolution, bool):
        evolution = {"enabled": evolution}
    if evolution is not None:
        enabled = {"enabled": True} | _mapping(evolution, "schema_evolution")
        declared = _from_evolution(_valid(EvolutionKeys, enabled, "schema_evolution"))
    elif contract is not None:
        rules = _in_full(contract) if isinstance(contract, str) else _mapping(contract, "contract")
        declared = _from_contract(_valid(ContractKeys, rules, "contract"))
    asked = SchemaKeys(
        validate_schema=before.validate, strict_validation=before.strict, required_columns=before.required_columns
    )
    return contract_of((keys, declared), (asked, before))


def contract_keys(contract: Contract) -> dict[str, Json]:
    """The keys that read back as the contract; none for the default."""
    keys: dict[str, Json] = {}
    if contract.enabled:
        usual = Contract()
        rules: dict[str, Json] = {
            "mode": contract.mode,
            "tables": contract.tables,
            "columns": _rules(contract.columns, contract.of_columns),
            "types": _rules(contract.types, contract.of_types),
            "on_removed_column": contract.on_removed_column,
        }
        changed = {name: rule for name, rule in rules.items() if rule != getattr(usual, name)}
        keys["contract"] = changed or "evolve"
    if contract.validate:
        keys["validate_schema"] = True
    if not contract.strict:
        keys["strict_validation"] = False
    if contract.required_columns:
        keys["required_columns"] = list(contract.required_columns)
    return keys


def _rules(others: Rule, named: Mapping[str, Rule]) -> Json:
    return {_OTHERS: others, **named} if named else others


def _in_full(rule: str) -> dict[str, str]:
    return dict.fromkeys(("tables", "columns", "types"), rule)


def _read_evolution(node: Node, subject: Subject, problems: Problems) -> Contract | None:
    if isinstance(node.value, bool):
        return _from_evolution(EvolutionKeys(enabled=node.value))
    if not isinstance(node.value, Mapping):
        if node.origin != "missing":
            message = f"{subject.key('schema_evolution')} must be true, false or a mapping of keys, not {shown(node)}"
            problems.add(node.place, message, remedy="Write `schema_evolution: true` to let the structure evolve.")
        return None
    inside = Subject(f'"schema_evolution" of {subject.label}')
    for name, older in _ONE_THING:
        if name in node.entries and older in node.entries:
            problems.add(
                node.entries[older].place,
                f"{inside.key(older)} says the same as {quoted(name)}",
                remedy="Remove one of them.",
            )
    keys = validated(EvolutionKeys, node, inside, problems)
    if keys is not None and node.entries and "enabled" not in node.entries:
        problems.add(
            node.place,
            f"{inside.label} says what may happen, and not whether it may",
            remedy="Add `enabled: true`; with `enabled: false` the structure stays as it is.",
        )
    return None if keys is None else _from_evolution(keys)


def _read_contract(node: Node, subject: Subject, problems: Problems) -> Contract | None:
    if isinstance(node.value, Mapping):
        keys = validated(ContractKeys, node, Subject(f'"contract" of {subject.label}'), problems)
        return None if keys is None else _from_contract(keys)
    if isinstance(node.value, str) and node.value in _RULES:
        return _from_contract(ContractKeys.model_validate(_in_full(node.value)))
    if node.origin != "missing":
        near, _ = suggestion(node, _RULES)
        message = f"{subject.key('contract')} must be one of {', '.join(_RULES)}, or a mapping, not {shown(node)}"
        remedy = "" if near else "For example `contract: {columns: evolve, types: freeze}`."
        problems.add(node.place, message, nearest=near, remedy=remedy)
    return None


def _from_evolution(keys: EvolutionKeys) -> Contract:
    if not keys.enabled:
        return Contract()
    added = keys.on_new_column or ("ignore" if keys.auto_add_columns is False else "add_nullable")
    return Contract(
        enabled=True,
        mode=keys.mode,
        columns=RULE_OF_NEW_COLUMN[added],
        types=RULE_OF_TYPE_CHANGE[keys.on_type_change],
        on_removed_column=keys.on_removed_column or keys.on_column_removed or "warn",
    )


def _from_contract(keys: ContractKeys) -> Contract:
    columns, types = dict(keys.columns), dict(keys.types)
    return Contract(
        enabled=True,
        mode=keys.mode,
        tables=keys.tables,
        columns=columns.pop(_OTHERS, "evolve"),
        types=types.pop(_OTHERS, "evolve"),
        of_columns=columns,
        of_types=types,
        on_removed_column=keys.on_removed_column,
    )


def _mapping(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"`{key}` cannot be a {type(value).__name__}.", remedy="Give a mapping of keys.")
    return dict(value)


def _valid(model: type[K], given: Mapping[str, Any], what: str) -> K:
    try:
        return model.model_validate(dict(given))
    except ValidationError as wrong:
        problems = [_said(error, model) for error in wrong.errors(include_url=False, include_input=False)]
    raise ConfigError(f"{what} cannot be understood.", problems=problems)


def _said(error: Any, model: type[BaseModel]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        return f"{where}: {error['msg']}"
    near = nearest_name(where, model.model_fields)
    return f"{where}: there is no such key" + (f"; did you mean {near!r}?" if near else "")
