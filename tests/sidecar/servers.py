"""A ClickHouse over HTTP that tests may kill and start again at the same place."""

import os
import subprocess
import sys
import urllib.request
from contextlib import ExitStack, suppress
from http.client import HTTPException
from pathlib import Path
from weakref import finalize

from tests.ports import reserved_port


class ClickHouseServer:
    """See `tests.sidecar.clickhouse_http`."""

    def __init__(self, directory: Path, *, version: str = "") -> None:
        self.directory = directory
        place = ExitStack()
        self.port = place.enter_context(reserved_port())
        finalize(self, place.close)
        self._version = version
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sidecar.clickhouse_http", str(self.directory), str(self.port)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PRETENDED_VERSION": self._version},
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == f"{self.port}\n", "the server did not start"

    @property
    def dead(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def fault(self, kind: str, count: int = 1) -> None:
        with suppress(*(OSError, HTTPException) if kind.startswith("die_") else ()):  # it may die before it answers
            urllib.request.urlopen(f"{self.url}/fault?kind={kind}&count={count}").read()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def rows(self, sql: str) -> list[list[str]]:
        request = urllib.request.Request(f"{self.url}/?database=genesis", data=sql.encode(), method="POST")
        text = urllib.request.urlopen(request, timeout=30).read().decode()
        return [line.split("\t") for line in text.splitlines()]
