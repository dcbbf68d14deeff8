"""One module for each screen: its pages, and what its forms do."""
