"""The one loop: fold, decide, append, perform."""
