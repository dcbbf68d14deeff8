"""Did a micro gain reach the macro goal? Pass-through, its label, leaks along the funnel."""
