"""The commands: those of a few lines in `group`, each larger one in a module of its name."""
