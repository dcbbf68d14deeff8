"""The SELECTs, written once and translated into every dialect."""
