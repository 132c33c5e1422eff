from collections.abc import Iterator

import pytest

from tests.llm.servers import LlmServer


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    """A server of all three wire formats that says ``ok`` until it is told otherwise."""
    with LlmServer() as server:
        yield server
