"""What an experiment is, and the TOML file that says so."""
