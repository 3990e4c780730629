"""What the checks of a resource bring into its file besides themselves: sources that they name, plugins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conduit.config.project import Endpoint, Resource
from conduit.errors import UsageError
from conduit.quality.model import CustomCheck, References


def referenced_by(resource: Resource) -> Iterator[Endpoint]:
    """The sources that the resource's `references` checks read. Raises UsageError for an object in memory."""
    for check in resource.checks:
        if isinstance(check, References) and isinstance(check.source, Endpoint):
            if check.source.type == "arrow":
                raise UsageError(
                    f"{check.label} refers to an object in memory, which a configuration cannot.",
                    remedy="Refer to a path or a table.",
                )
            yield check.source


def plugins_of(resources: Iterable[Resource]) -> tuple[str, ...]:
    """The plugins that register the custom checks of some resources, each once.

    Raises UsageError for a check that is defined where no file can import it from.
    """
    # Imported here because a file without checks needs none of it.
    from conduit.config.plugins import plugin_of
    from conduit.quality.custom import is_plugged

    found: dict[str, None] = {}
    for check in (check for resource in resources for check in resource.checks):
        if not isinstance(check, CustomCheck) or is_plugged(check.check):
            continue
        plugin = plugin_of(type(check).function.__module__)
        if plugin is None:
            raise UsageError(
                f"The check {check.check!r} is defined in this session, where no configuration can import it from.",
                remedy="Put its function into a module or a `.py` file.",
            )
        found[plugin] = None
    return tuple(found)
