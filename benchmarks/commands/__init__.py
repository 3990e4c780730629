"""How each rival is started: from a job to a command line, one file per way."""
