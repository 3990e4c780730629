"""The one import for connector authors: contracts, options, errors."""

from conduit.core.change import AddColumn, RelaxColumn, SchemaChange, WidenColumn
from conduit.core.destination import Destination, Receipt, Staged, WriteJob, WriteSession
from conduit.core.fault import failpoint
from conduit.core.lattice import holds, plain_type, widened
from conduit.core.message import MALFORMED_SCHEMA, Changes, Malformed, Mark, Message, Rows
from conduit.core.options import Options, SecretStr, option
from conduit.core.place import FilePlace, LinePlace, Place, places_in
from conduit.core.position import Json, Position
from conduit.core.predicate import Comparison, IsNull, Predicate
from conduit.core.probe import Probe
from conduit.core.request import CursorRange, Partition, ReadRequest, Scan
from conduit.core.sample import SAMPLE_BYTES, Part, Sample, first_rows, last_rows, three_of
from conduit.core.source import Source
from conduit.core.spec import Commit, DestinationSpec, SourceSpec, WriteMode
from conduit.core.types import parse_type, type_name
from conduit.errors import (
    CommitRejected,
    CommitUnknown,
    DestinationError,
    MissingExtra,
    SchemaError,
    SourceError,
    TransientError,
    UnknownName,
)

__all__ = [
    "MALFORMED_SCHEMA",
    "SAMPLE_BYTES",
    "AddColumn",
    "Changes",
    "Commit",
    "CommitRejected",
    "CommitUnknown",
    "Comparison",
    "CursorRange",
    "Destination",
    "DestinationError",
    "DestinationSpec",
    "FilePlace",
    "IsNull",
    "Json",
    "LinePlace",
    "Malformed",
    "Mark",
    "Message",
    "MissingExtra",
    "Options",
    "Part",
    "Partition",
    "Place",
    "Position",
    "Predicate",
    "Probe",
    "ReadRequest",
    "Receipt",
    "RelaxColumn",
    "Rows",
    "Sample",
    "Scan",
    "SchemaChange",
    "SchemaError",
    "SecretStr",
    "Source",
    "SourceError",
    "SourceSpec",
    "Staged",
    "TransientError",
    "UnknownName",
    "WidenColumn",
    "WriteJob",
    "WriteMode",
    "WriteSession",
    "failpoint",
    "first_rows",
    "holds",
    "last_rows",
    "option",
    "parse_type",
    "places_in",
    "plain_type",
    "three_of",
    "type_name",
    "widened",
]
