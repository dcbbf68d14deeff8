"""Every goal by itself: rates, means and ratios of the variants compared."""
