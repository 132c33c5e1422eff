"""The shipped problems: data that travels in the wheel and is never imported by Genesis."""
