"""ClickHouse's HTTP interface in front of chDB, in a process of its own: `python -m tests.sidecar.clickhouse_http DIR`.

chDB is ClickHouse's engine without its server, so statements, tables, parts and deduplication are the real thing; what
is ours is the thin HTTP part, so that clickhouse-connect's network path is exercised. It prints its port.

Faults for tests are asked for at ``/fault?kind=…&count=…`` and hit the next inserts:

- ``die_before``, ``die_after``: the process kills itself before, or right after, the rows are in the table.
- ``cut``: half of the rows are kept, and the summary says so.
- ``lie``: all are kept, and the summary says half.
- ``refuse``: the answer is ClickHouse's error 252 (too many parts).
"""

import asyncio
import base64
import gzip
import json
import os
import re
import signal
import sys
import tempfile
import threading
import zlib
from pathlib import Path

import chdb
import lz4.frame
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

TRANSPORT = {
    "query", "database", "user", "password", "query_id", "session_id", "session_check", "session_timeout",
    "client_protocol_version", "buffer_size", "wait_end_of_query", "compress", "decompress", "enable_http_compression",
    "default_format", "role", "send_progress_in_http_headers", "http_headers_progress_interval_ms", "quota_key",
}  # fmt: skip
USERS = {"default": "", "writer": "right horse", "reader": "reader"}
VERSION = os.environ.get("PRETENDED_VERSION", "")
INLINE = re.compile(rb"\s*INSERT INTO\s.*?\sFORMAT (Native|JSONEachRow)\n", re.DOTALL)
INPUT = re.compile(r"FROM input\('(?P<structure>[^']*)'\)(?P<rest>.*?)\s+FORMAT JSONEachRow\s*$", re.DOTALL)


def frames(body: bytes) -> bytes:
    """All lz4 frames of a body: clickhouse-connect sends several, one behind the other."""
    out = []
    while body:
        unpacker = lz4.frame.LZ4FrameDecompressor()
        out.append(unpacker.decompress(body))
        body = unpacker.unused_data or b""
    return b"".join(out)


DECODERS = {"": bytes, "lz4": frames, "gzip": gzip.decompress, "deflate": zlib.decompress}


class Engine:
    """One chDB, and the faults that it is to have."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.keep = chdb.connect(path)
        self.lock = threading.Lock()
        self.faults: list[str] = []

    def run(self, sql: str, *, database: str, settings: dict[str, str], told: dict[str, str], form: str) -> bytes:
        """Runs a statement in a session of its own."""
        session = chdb.connect(self.path)
        try:
            if database:
                session.query(f"USE {database}")
            for name, value in settings.items():
                escaped = value.replace("\\", "\\\\").replace("'", "\\'")
                session.query(f"SET {name} = '{escaped}'")
            return session.query(sql, form, params=told).bytes() or b""
        finally:
            session.close()

    def answer(self, sql: str, body: bytes | None, asked: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        """The result of a request, and its summary."""
        settings = {name: value for name, value in asked.items() if name not in TRANSPORT and name[:6] != "param_"}
        told = {name[6:]: value for name, value in asked.items() if name.startswith("param_")}
        place = {"database": asked.get("database", ""), "settings": settings, "told": told}
        form = asked.get("default_format", "TabSeparated")
        if VERSION:
            sql = sql.replace("version()", f"'{VERSION}'")
        with self.lock:
            if body is None:
                return self.run(sql, form=form, **place), {}
            return self.insert(sql, body, form, place)

    def insert(self, sql: str, body: bytes, form: str, place: dict) -> tuple[bytes, dict[str, str]]:
        fault = self.faults.pop(0) if self.faults and "schema_migrations" not in sql else ""
        if fault == "die_before":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "refuse":
            raise RuntimeError("Code: 252. DB::Exception: Too many parts (300). Merges are slower. (TOO_MANY_PARTS)")
        lines = body.splitlines(keepends=True)
        written = len(lines)
        if fault == "cut":
            lines = lines[: written // 2]
            body, written = b"".join(lines), len(lines)
        if fault == "lie":
            written //= 2
        with tempfile.NamedTemporaryFile(dir=self.path, suffix=".body") as file:
            file.write(body)
            file.flush()
            sql = INPUT.sub(
                lambda found: f"FROM file('{file.name}', JSONEachRow, '{found['structure']}'){found['rest']}", sql
            )
            sql = re.sub(r"\sFORMAT (Native|JSONEachRow)\s*$", rf" FROM INFILE '{file.name}' FORMAT \1", sql)
            out = self.run(sql, form=form, **place)
        if fault == "die_after":
            os.kill(os.getpid(), signal.SIGKILL)
        return out, {"written_rows": str(written)}


def user_of(request: Request) -> tuple[str, str]:
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind == "Basic":
        user, _, password = base64.b64decode(text).decode().partition(":")
        return user, password
    return request.headers.get("x-clickhouse-user", "default"), request.headers.get("x-clickhouse-key", "")


def error(text: str) -> Response:
    found = re.search(r"Code: (\d+)", text)
    code = found[1] if found else "1002"
    status = {"516": 403, "497": 403, "60": 404, "62": 400}.get(code, 500)
    return PlainTextResponse(text + " (version 26.9.2.1)", status, {"X-ClickHouse-Exception-Code": code})


def app(engine: Engine) -> Starlette:
    async def answer(request: Request) -> Response:
        user, password = user_of(request)
        if USERS.get(user) != password:
            return error(
                f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect. (AUTH_FAILED)"
            )
        body = DECODERS[request.headers.get("content-encoding", "")](await request.body())
        asked = dict(request.query_params)
        sql, data = asked.get("query", ""), body or None
        if not sql:
            sql, data = body.decode("utf-8", "surrogateescape"), None
            if inline := INLINE.match(body):
                sql, data = inline[0].decode().strip(), body[inline.end() :]
        if user == "reader" and not re.match(r"\s*(SELECT|EXISTS|DESCRIBE|WITH|SHOW|EXPLAIN)", sql, re.IGNORECASE):
            return error("Code: 497. DB::Exception: reader: Not enough privileges. (ACCESS_DENIED)")
        try:
            out, summary = await run_in_threadpool(engine.answer, sql, data, asked)
        except Exception as broken:
            return error(str(broken))
        found = re.search(r"FORMAT (\w+)\s*$", sql)
        headers = {
            "X-ClickHouse-Summary": json.dumps(summary),
            "X-ClickHouse-Format": found[1] if found else asked.get("default_format", "TabSeparated"),
            "X-ClickHouse-Timezone": "UTC",
        }
        if not out and not re.match(r"\s*(SELECT|EXISTS|WITH)", sql, re.IGNORECASE):
            del headers["X-ClickHouse-Format"]
        return Response(out, headers=headers)

    async def fault(request: Request) -> Response:
        engine.faults += [request.query_params["kind"]] * int(request.query_params.get("count", "1"))
        return PlainTextResponse("Ok.\n")

    async def ping(request: Request) -> Response:
        return PlainTextResponse("Ok.\n")

    methods = ["GET", "POST"]
    return Starlette(routes=[Route("/ping", ping), Route("/fault", fault), Route("/", answer, methods=methods)])


async def serve(path: str, port: int) -> None:
    told = {"log_level": "error", "timeout_graceful_shutdown": 1, "timeout_keep_alive": 3600}
    server = uvicorn.Server(uvicorn.Config(app(Engine(path)), host="127.0.0.1", port=port, **told))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await task


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
