"""The `conduit` command as a process of its own; `python -m conduit` is the same."""

from __future__ import annotations

from typing import NoReturn

from conduit.cli.startup import with_rare_collections


def main() -> NoReturn:
    """Run the command that the arguments name, and end the process."""
    with_rare_collections()  # before anything large is imported
    from conduit.cli.main import main as command

    command()


if __name__ == "__main__":
    main()
