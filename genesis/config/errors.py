"""What can be wrong with a configuration."""

from genesis.errors import UsageError

__all__ = ["ConfigError"]


class ConfigError(UsageError):
    """A configuration that cannot be used; the message names the key, the value, the rule and what to write instead."""
