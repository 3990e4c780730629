"""Whether a resource is still the one that an earlier run was loading."""

from __future__ import annotations

import hashlib

from conduit.config.project import Resource
from conduit.plan.target import Target


def definition_of(resource: Resource, target: Target) -> str:
    """A digest of everything that decides what a resource loads and where; secrets are masked in it."""
    ends = (resource.source, resource.destination)
    # An object in memory has no text of its own; what it holds is the fingerprint's business.
    parts = [(end.type, end.options.model_dump_json(fallback=lambda value: type(value).__name__)) for end in ends]
    shaping = (target.table, target.mode, resource.keys, resource.columns, sorted(resource.rename.items()))
    checks = (sorted(resource.cast.items()), resource.filter, resource.limit, resource.checks)
    # Only where they are set, so that what an earlier release had interrupted is still known.
    misfits = () if resource.on_type_error == "dlq" else (resource.on_type_error,)
    naming = () if resource.naming == "preserve" else (resource.naming,)
    contract = (resource.contract,) if resource.contract.enabled else ()
    return hashlib.sha256(repr((parts, shaping, checks, *misfits, *naming, *contract)).encode()).hexdigest()
