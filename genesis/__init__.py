"""Genesis evolves programs and keeps every step as an immutable event."""
