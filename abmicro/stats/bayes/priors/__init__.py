"""Beta priors, priors of a lift, and priors learnt from past tests."""
