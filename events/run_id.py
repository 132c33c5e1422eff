"""What may be a run's id. It names the run's folder and stands in addresses, so it says where things are written."""

import re

__all__ = ["RUN_ID", "is_run_id"]

RUN_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$"
"""The rule, as a regular expression."""

_RULE = re.compile(RUN_ID)


def is_run_id(text: str) -> bool:
    """Whether a text can be a run's id; of what comes from others this is to be asked."""
    return _RULE.fullmatch(text) is not None
