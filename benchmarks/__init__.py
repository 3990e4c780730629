"""Conduit beside its rivals: the same work, the same data, the same run, the answers checked."""
