"""One effect over strata, such as devices or weeks."""
