"""The rules that decide, one module each: pure functions from the state to the next fact, or None."""
