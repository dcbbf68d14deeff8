"""The SELECT, written once and said in every dialect."""
