"""Evaluation: runs programs that may be hostile, and judges what they return."""
