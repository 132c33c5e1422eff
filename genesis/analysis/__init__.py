"""Re-reading runs."""
