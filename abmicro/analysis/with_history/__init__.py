"""The macro lift of a test with what past tests say, and what a rule that asks for it needs."""
