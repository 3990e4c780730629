"""The profile of what a resource loaded, read back from the manifest of a run."""

from __future__ import annotations

import json
from typing import Any

from conduit.state.database import Database


def profile_of(database: Database, resource: str, run_id: str | None = None) -> dict[str, Any] | None:
    """The profile of a run's load, or of the last good one that has a profile, as the manifest has it; None without."""
    for row in database.run("manifests_of", resource=resource, run_id=run_id):
        for report in json.loads(row["manifest"]).get("resources", ()):
            if report.get("name") == resource and report.get("profile"):
                profile: dict[str, Any] = report["profile"]
                return profile
    return None
