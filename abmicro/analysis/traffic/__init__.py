"""Where units come from and which days are odd, whatever is tested."""
