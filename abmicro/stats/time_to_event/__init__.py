"""When conversions come: incidence by lag, maturity, acceleration and effects that fade."""
