"""A problem that asks for a network gets the machine's, as a client; nobody else does, and nobody may serve."""

import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from genesis.evaluation.job import Evaluated, Failed
from tests.evaluation.conftest import CONFINING, SHORT, started, write_problem

CONNECTING = """
import socket
def entrypoint():
    with socket.create_connection(('127.0.0.1', {port}), 60) as connection:
        return {{'x': float(connection.recv(16))}}
"""
SERVING = "import socket\nsocket.create_server(('127.0.0.1', 0))\n"
UNIX = "import socket\nsocket.socket(socket.AF_UNIX)\n"


@pytest.mark.parametrize("kind", CONFINING)
def test_a_network_is_there_when_asked_for(tmp_path: Path, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"4.5")

        threading.Thread(target=answer, daemon=True).start()
        text = CONNECTING.format(port=server.getsockname()[1])
        with started(write_problem(tmp_path), sandbox=kind, workers=1) as bench:
            without = bench.evaluate(text)
        with started(write_problem(tmp_path, limits=replace(SHORT, network=True)), sandbox=kind, workers=1) as bench:
            outcome = bench.evaluate(text)
            refused = bench.evaluate_all([SERVING, UNIX])
    assert isinstance(without, Failed)
    assert without.reason == "sandbox_violation"
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.metrics["fitness"] == 4.5
    for each in refused:
        assert isinstance(each, Failed)
        assert each.reason == "sandbox_violation", each
