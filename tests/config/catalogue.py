"""A catalogue of small real connectors, so that these tests depend on no connector's options but their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from pydantic import field_validator, model_validator

from conduit.config.load import load_project
from conduit.config.project import Project
from conduit.core.destination import Destination, Receipt, WriteJob, WriteSession
from conduit.core.message import Message
from conduit.core.options import Options, SecretStr, option
from conduit.core.position import Position
from conduit.core.request import Partition, ReadRequest, Scan
from conduit.core.source import Source
from conduit.core.spec import Commit, DestinationSpec, SourceSpec, WriteMode
from conduit.core.types import parse_type
from conduit.errors import ConfigError, MissingExtra, UnknownName
from conduit.registry import ALIASES


class FilesOptions(Options):
    path_fields: ClassVar[tuple[str, ...]] = ("path",)

    path: str | tuple[str, ...] = option(description="A file or a list of files.", example="data/orders.csv")
    delimiter: str = option(",", description="The character between fields.", example=";")
    header: bool = option(True, description="Whether the first row names the columns.")
    skip_rows: int = option(0, description="Lines to skip.", ge=0)
    columns: dict[str, str] = option({}, description="Types of columns.")
    storage_options: dict[str, Any] = option({}, description="Options for the file system.")

    @field_validator("columns")
    @classmethod
    def _types(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value.values():
            parse_type(name)
        return value


class ShopOptions(Options):
    host: str = option("localhost", description="The server.")
    port: int = option(5432, description="The port.", ge=1, le=65535)
    password: SecretStr | None = option(None, description="The password.")
    isolation_level: str | None = option(None, description="A key that elsewhere is one of Conduit 1.0.")
    key_id: int | None = option(None, description="A number that is secret by its name.")
    pin: str | None = option(None, description="A text that is secret only by where it comes from.")
    schema_: str = option("public", description="The schema.", aliases=("schema", "db_schema"))
    table: str | None = option(None, description="A table.")
    query: str | None = option(None, description="A query.")

    @field_validator("pin")
    @classmethod
    def _short(cls, value: str | None) -> str | None:
        if value is not None and len(value) > 4:
            raise ValueError(f"is too long: {value}")
        return value


class ShopSourceOptions(ShopOptions):
    @model_validator(mode="after")
    def _one_thing(self) -> ShopSourceOptions:
        if (self.table is None) == (self.query is None):
            raise ValueError("needs `table` or `query`, and not both")
        return self


class _Source(Source[Any]):
    def scan(self, request: ReadRequest) -> Scan:
        return Scan(pa.schema([]), ())

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        return iter(())


class _Destination(Destination[Any]):
    def describe(self, table: str) -> pa.Schema | None:
        return None

    def begin(self, job: WriteJob) -> WriteSession:
        raise NotImplementedError

    def find(self, table: str, token: str) -> Receipt | None:
        return None


class FilesSource(_Source):
    spec = SourceSpec("files", "Files")
    options_model = FilesOptions


class ShopSource(_Source):
    spec = SourceSpec("postgresql", "A database")
    options_model = ShopSourceOptions


class FilesDestination(_Destination):
    spec = DestinationSpec("files", "Files", frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH}), Commit.RENAME)
    options_model = FilesOptions


class ShopDestination(_Destination):
    spec = DestinationSpec(
        "postgresql",
        "A database",
        frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH, WriteMode.UPSERT}),
        Commit.TRANSACTION,
    )
    options_model = ShopOptions


class Catalogue:
    """What is installed in the world of these tests; `driverless` lacks its driver, and `broken` cannot be imported."""

    sources: ClassVar[dict[str, type[Source[Any]]]] = {"files": FilesSource, "postgresql": ShopSource}
    destinations: ClassVar[dict[str, type[Destination[Any]]]] = {
        "files": FilesDestination,
        "postgresql": ShopDestination,
    }

    def source_names(self) -> list[str]:
        return [*self.sources, "driverless", "broken"]

    def destination_names(self) -> list[str]:
        return list(self.destinations)

    def source_class(self, name: str) -> type[Source[Any]]:
        if name == "driverless":
            raise MissingExtra.needed("The connector 'driverless'", "driverless")
        if name == "broken":
            raise RuntimeError("a defect of somebody's plugin")
        return self._found("source", name, self.sources)

    def destination_class(self, name: str) -> type[Destination[Any]]:
        return self._found("destination", name, self.destinations)

    def _found(self, kind: str, name: str, classes: Mapping[str, Any]) -> Any:
        canonical = ALIASES.get(name, name)
        if canonical not in classes:
            raise UnknownName.among(kind, name, classes)
        return classes[canonical]


VALID = """\
sources:
  - name: orders
    type: files
    path: data/orders.csv
destinations:
  - name: lake
    type: files
    path: lake/
resources:
  - name: orders
    source: orders
    destination: lake
"""


def with_resource(lines: str) -> str:
    """VALID, with more keys on its resource, which begin in line 13."""
    return VALID + "".join(f"    {line}\n" for line in lines.splitlines())


def load(folder: Path, text: str | bytes, environment: Mapping[str, str] | None = None) -> Project:
    """Write `text` to ingest.yml in a folder and load it, with no environment but the one given."""
    path = folder / "ingest.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_project(path, environment=environment or {}, connectors=Catalogue())


def problems(folder: Path, text: str | bytes, environment: Mapping[str, str] | None = None) -> list[str]:
    """The problems that the text has, their file left out: `line:column: what`."""
    with pytest.raises(ConfigError) as failed:
        load(folder, text, environment)
    prefix = f"{folder / 'ingest.yml'}:"
    return [problem.removeprefix(prefix) for problem in failed.value.problems]
