"""SQL text: the schemas of analytics stores, and one portable query a file."""
