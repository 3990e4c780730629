"""The keys of a configuration that belong to Conduit itself; a connector's options have their own model."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from conduit.config.sizes import Size, size_text
from conduit.core.spec import OnTypeError, WriteMode
from conduit.quality.profile.settings import MOST_SAMPLE_ROWS

MIN_MEMORY = 64 * 10**6


def _not_a_boolean(value: Any) -> Any:
    # Pydantic takes `true` for 1, which nobody means.
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def _a_file_name(value: str) -> str:
    # A resource's name becomes part of the names of files: parts, rejects, locks.
    if "/" in value or "\\" in value or not value.isprintable() or value in (".", ".."):
        raise ValueError("must be printable text without slashes")
    return value


def _enough_memory(value: int) -> int:
    if value < MIN_MEMORY:
        raise ValueError(f"must be at least {size_text(MIN_MEMORY)}")
    return value


def _one_or_many(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _none_is_empty(value: Any) -> Any:
    return {} if value is None else value


def _on_or_off(value: Any) -> Any:
    # A model among several types would be blamed for each of them; so a switch becomes what it stands for.
    return None if value is False else {} if value is True or value is None else value


def _null_by_name(value: Any) -> Any:
    # YAML reads the word `null` as nothing.
    return "null" if value is None else value


def _mode(value: Any) -> Any:
    return WriteMode.UPSERT if value == "merge" else value


Text: TypeAlias = Annotated[str, Field(min_length=1)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_a_file_name)]
Count: TypeAlias = Annotated[int, BeforeValidator(_not_a_boolean), Field(ge=0)]
Share: TypeAlias = Annotated[float, BeforeValidator(_not_a_boolean), Field(ge=0, le=1)]
Texts: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(_one_or_many)]
Columns: TypeAlias = Annotated[tuple[Text, ...], Field(min_length=1)]
ColumnTexts: TypeAlias = Annotated[dict[Text, Text], BeforeValidator(_none_is_empty)]
Mode: TypeAlias = Annotated[WriteMode, BeforeValidator(_mode)]


class Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class DlqKeys(Keys):
    """Where rejects are kept and for how long."""

    path: Text | None = Field(default=None, description="Folder of the rejects.")
    destination: Text | None = Field(default=None, description="The name of a destination that takes them instead.")
    table: Text | None = Field(default=None, description="Their table there; `<resource>_rejects` by default.")
    max_file_bytes: Annotated[Size, Field(ge=1 << 16)] | None = Field(
        None, description="A file is rotated at this size."
    )
    keep_runs: Annotated[Count, Field(ge=1)] | None = Field(
        default=None, description="Rejects of older runs are removed."
    )
    keep_days: Annotated[Count, Field(ge=1)] | None = Field(
        default=None, description="Rejects of older days are removed."
    )


class ProjectKeys(Keys):
    """Settings of the whole file."""

    memory: Annotated[Size, AfterValidator(_enough_memory)] | None = Field(
        default=None, description="Byte budget of a run."
    )
    jobs: Annotated[Count, Field(ge=1, le=1024)] | None = Field(
        default=None, description="Resources that run side by side."
    )
    state_dir: Text | None = Field(default=None, description="Folder of state, rejects and locks.")
    dlq: DlqKeys | None = Field(default=None, description="Where rejects of all resources are kept.")
    plugins: Texts = Field(default=(), description="Modules and `.py` files that register checks.")


class WriteKeys(Keys):
    """How rows meet the rows that are there: allowed on a destination, and on a resource, where they win."""

    mode: Mode | None = Field(default=None, validation_alias=AliasChoices("mode", "write_mode"))
    unique_key: Texts = Field(default=(), validation_alias=AliasChoices("unique_key", "primary_keys"))
    update_columns: Columns | None = None


class SchemaKeys(Keys):
    """What may become of the structure: allowed on a destination, and on a resource, where they win."""

    schema_evolution: Any = Field(default=None, description="`true`, or what happens to which change.")
    contract: Any = Field(default=None, description="The same in full: a rule per table, columns and types.")
    validate_schema: bool | None = Field(default=None, description="Look for types that may lose a value.")
    strict_validation: bool | None = Field(default=None, description="What is found then is an error, not a warning.")
    required_columns: Texts | None = Field(default=None, description="Columns that the data must have.")
    naming: Literal["preserve", "snake_case"] | None = Field(
        default=None, description="How the names of columns are spelled in the table."
    )


class DestinationKeys(WriteKeys, SchemaKeys):
    """The keys of a destination that are not options of its connector."""


class ProfileKeys(Keys):
    """What the profile of the columns shows."""

    sample_rows: Annotated[Count, Field(le=MOST_SAMPLE_ROWS)] | None = Field(
        default=None, description="Rows of the beginning and of the end that are kept as a sample."
    )
    mask: Texts = Field(
        default=(),
        description="Columns of which no value is shown: no sample, min, max, mean or frequent value.",
    )


class ResourceKeys(WriteKeys, SchemaKeys):
    """A movement from a source to a destination."""

    name: Name = Field(description="The name that the run, the state and the rejects go by.")
    source: Text = Field(description="The name of a source.")
    destination: Text = Field(description="The name of a destination.")
    query: str | None = None
    table: Text | None = None
    columns: Columns | None = Field(default=None, validation_alias=AliasChoices("columns", "select"))
    rename: ColumnTexts = Field(default={})
    cast: ColumnTexts = Field(default={})
    filter: Text | None = Field(default=None, validation_alias=AliasChoices("filter", "where"))
    limit: Count | None = None
    checks: list[dict[str, Any]] | None = Field(default=None, validation_alias=AliasChoices("quality_checks", "checks"))
    max_failures: Count | None = None
    max_failure_rate: Share | None = None
    profile: Annotated[ProfileKeys | None, BeforeValidator(_on_or_off)] = Field(
        default=ProfileKeys(), description="Figures about each column in the manifest; `false` switches them off."
    )
    on_reject: Literal["dlq", "fail"] = "dlq"
    on_type_error: Annotated[OnTypeError, BeforeValidator(_null_by_name)] = "dlq"
    dlq: DlqKeys | None = None
    depends_on: Texts = ()
    tags: Texts = ()
    description: str = ""


WRITE_KEYS = frozenset({"mode", "write_mode", "unique_key", "primary_keys", "update_columns"})
SCHEMA_KEYS = frozenset(SchemaKeys.model_fields)
IGNORED_AT_TOP = frozenset({"version", "project"})
LISTS_AT_TOP = ("sources", "destinations", "resources")
