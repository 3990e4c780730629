"""One file per command; its object `command` is imported when the command is called."""
