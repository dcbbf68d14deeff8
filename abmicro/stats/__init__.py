"""Statistics: arrays in, arrays out; no experiment, no label, no file."""
