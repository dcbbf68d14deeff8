"""The Bayesian view: posteriors of rates and lifts, beside the verdict and without a vote in it."""
