"""Uploads, and work over them in processes of their own."""
