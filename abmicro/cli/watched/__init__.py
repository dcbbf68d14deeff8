"""Running tests as `monitor` takes them: read, put in order, told."""
