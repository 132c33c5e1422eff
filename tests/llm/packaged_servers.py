"""The servers of the packages stubllm and fakellm, each a process of its own on a port that the kernel chose."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import yaml

__all__ = ["fakellm_server", "stubllm_server"]


@contextlib.contextmanager
def stubllm_server(folder: Path, fixtures: list[dict[str, Any]]) -> Generator[str]:
    """Serves fixtures in stubllm's format; gives the address without ``/v1``."""
    file = folder / "fixtures.yaml"
    file.write_text(yaml.safe_dump({"fixtures": fixtures}), encoding="utf-8")
    code = (
        "import sys, uvicorn; from pathlib import Path; from stubllm.server import create_app; "
        "uvicorn.run(create_app(fixture_files=[Path(sys.argv[1])]), fd=int(sys.argv[2]), log_level='error')"
    )
    with _serving([sys.executable, "-c", code, str(file)], {}) as address:
        yield address


@contextlib.contextmanager
def fakellm_server(folder: Path, rules: list[dict[str, Any]]) -> Generator[str]:
    """Serves rules in fakellm's format; gives the address without ``/v1``."""
    file = folder / "fakellm.yaml"
    file.write_text(yaml.safe_dump({"rules": rules}), encoding="utf-8")
    code = "import sys, uvicorn; uvicorn.run('fakellm.server:app', fd=int(sys.argv[1]), log_level='error')"
    with _serving([sys.executable, "-c", code], {"FAKELLM_CONFIG": str(file)}) as address:
        yield address


@contextlib.contextmanager
def _serving(command: list[str], environment: dict[str, str]) -> Generator[str]:
    # the socket is bound here and handed over, so that nobody else can take the port in between
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port, held = listening.getsockname()[1], listening.fileno()
        process = subprocess.Popen(
            [*command, str(held)],
            pass_fds=[held],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_it_answers(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(1200):
        assert process.poll() is None, "the server has ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            connection.settimeout(30)
            if connection.recv(12).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(0.1)
    raise AssertionError("the server did not answer")
