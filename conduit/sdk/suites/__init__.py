"""The conformance suites: subclass one, say how to make your connector, and pytest exercises all it claims.

Importing this package imports pytest; nothing else of Conduit does.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f"conduit.sdk.suites.{name}"
        for name in (
            "claims",
            "destination",
            "destination_evolution",
            "destination_evolution_at_risk",
            "destination_failures",
            "destination_modes",
            "destination_recipes",
            "reading",
            "source",
            "source_pushdown",
            "source_reading",
            "source_recipes",
            "source_sampling",
        )
    )
)

from conduit.sdk.suites.destination import DestinationSuite  # noqa: E402
from conduit.sdk.suites.examples import AWKWARD_NAMES, COMMON_TYPES, NESTED_TYPES  # noqa: E402
from conduit.sdk.suites.source import SourceSuite  # noqa: E402

__all__ = ["AWKWARD_NAMES", "COMMON_TYPES", "NESTED_TYPES", "DestinationSuite", "SourceSuite"]
