"""Servers that the connectors' tests run against."""

from __future__ import annotations

from ..servers.postgresql import any_database, any_server, database, server

__all__ = ["any_database", "any_server", "database", "server"]
