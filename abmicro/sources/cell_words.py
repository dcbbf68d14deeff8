"""The words by which cells say yes, no and nothing."""

TRUE = ("1", "1.0", "1.00", "true", "t", "yes", "y", "ja", "wahr")
FALSE = ("0", "0.0", "0.00", "false", "f", "no", "n", "nein", "falsch")
NOTHING = ("", "na", "n/a", "null", "none", "(not set)", "-")
