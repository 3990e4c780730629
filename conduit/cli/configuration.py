"""The configuration file that a command is about: found, or missed with the nearest one named."""

from __future__ import annotations

from pathlib import Path

from conduit.errors import ConfigError, nearest_name

DEFAULT = "ingest.yml"

_LARGEST_TO_COMPLETE = 1 << 20


def find(given: str) -> Path:
    """The file, or the `ingest.yml` of a folder. Raises ConfigError that offers the YAML files that are there."""
    path = Path(given)
    if path.is_dir():
        path = path / DEFAULT
    if path.exists():
        return path
    folder = path.parent
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {str(folder)!r}.", place=str(path), remedy="Name an existing file.")
    there = sorted(found.name for found in folder.iterdir() if found.suffix in (".yml", ".yaml") and found.is_file())
    raise ConfigError(
        f"There is no configuration {path.name!r} in {str(folder.resolve())!r}.", remedy=_remedy(path, there)
    )


def resource_names(given: str) -> list[str]:
    """The names of the resources for shell completion: read loosely, without checking, and never failing."""
    try:
        import yaml

        path = find(given)
        if path.stat().st_size > _LARGEST_TO_COMPLETE:
            return []
        # BaseLoader makes nothing but text, lists and mappings: safer than SafeLoader, and `no` stays a name.
        document = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        listed = document["resources"]
        names = listed.keys() if isinstance(listed, dict) else [entry["name"] for entry in listed]
        return [name for name in names if isinstance(name, str)]
    except Exception:
        return []


def _remedy(path: Path, there: list[str]) -> str:
    if not there:
        return "Run in the folder of your ingest.yml, or name the file: conduit run path/to/ingest.yml"
    nearest = nearest_name(path.name, there) or there[0]
    others = f" ({len(there) - 1} more YAML files are there)" if len(there) > 1 else ""
    return f"Did you mean {str(path.parent / nearest)!r}?{others}"
