"""How small an effect a finished test could detect."""
