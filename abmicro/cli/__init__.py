"""The `abmicro` command: read arguments, call, print, set the exit status."""
