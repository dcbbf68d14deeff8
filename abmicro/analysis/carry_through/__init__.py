"""Did the gain of each micro goal reach each macro goal? The ruler, its twin and its words."""
