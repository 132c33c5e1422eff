"""Analytics stores."""
