"""Commands about one's own traffic: how it stands, and how verdicts on it behave."""
