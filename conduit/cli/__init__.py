"""The command line: click commands on top of the plan and the engine. Only this package knows a terminal."""
