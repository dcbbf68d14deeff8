"""The verdict on trial: how it behaves on one's own traffic, in thousands of simulated tests."""
