"""The experiment file: read, written, described and begun."""
