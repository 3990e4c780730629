"""Doubles: per behaviour of a suite a connector that is broken in that way, and the sound ones they derive from."""

from conduit.sdk.suites.doubles.broken_destinations import BROKEN_DESTINATIONS
from conduit.sdk.suites.doubles.broken_sources import BROKEN_SOURCES
from conduit.sdk.suites.doubles.folder import (
    FolderDestination,
    FolderOptions,
    FolderSession,
    run_statements,
    visible_rows,
)
from conduit.sdk.suites.doubles.memory import MemoryOptions, MemorySource

__all__ = [
    "BROKEN_DESTINATIONS",
    "BROKEN_SOURCES",
    "FolderDestination",
    "FolderOptions",
    "FolderSession",
    "MemoryOptions",
    "MemorySource",
    "run_statements",
    "visible_rows",
]
