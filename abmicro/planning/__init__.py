"""Before the test: what it will be able to say, when, and at which price."""
