"""`python -m conduit` is the `conduit` command."""

from conduit.cli.main import main

main()
