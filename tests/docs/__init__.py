"""Documentation is code: its commands run, its links lead somewhere, its reference says what the code says."""
