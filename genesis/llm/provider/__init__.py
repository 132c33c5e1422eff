"""Providers: one adapter a wire protocol, on the official SDKs, and the packaged table of who speaks which."""
