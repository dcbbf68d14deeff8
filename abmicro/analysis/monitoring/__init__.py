"""Looking while a test runs: which looks there have been, what each may claim, what stands."""
