"""Tables in people: counts beside rates, ranges as pictures, the result in a word."""
