"""How likely a test is to find an effect, and how many units it takes."""
