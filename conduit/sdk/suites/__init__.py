"""The conformance suites: subclass one, say how to make your connector, and pytest exercises all it claims.

Importing this package imports pytest; nothing else of Conduit does.
"""

import pytest

pytest.register_assert_rewrite(
    *(f"conduit.sdk.suites.{name}" for name in ("claims", "destination", "destination_recipes", "reading", "source"))
)

from conduit.sdk.suites.destination import DestinationSuite  # noqa: E402
from conduit.sdk.suites.examples import AWKWARD_NAMES, COMMON_TYPES, NESTED_TYPES  # noqa: E402
from conduit.sdk.suites.source import SourceSuite  # noqa: E402

__all__ = ["AWKWARD_NAMES", "COMMON_TYPES", "NESTED_TYPES", "DestinationSuite", "SourceSuite"]
