"""Where along the funnel the macro change arises."""
