"""What every screen needs: who may ask, what a form sends, how a page looks."""
