"""What builds made, kept on disk by content: the same text, built alike by the same tools, is not built twice."""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from genesis.errors import EnvironmentFault

__all__ = ["ArtifactStore", "BuildRecord", "digest_of_file", "usual_directory"]

_CHUNK_BYTES = 1 << 20
_NEW = ".new-"


class StoreError(EnvironmentFault):
    """The directory of builds cannot be written."""


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """How a build went.

    Attributes:
        ok: Whether it made something, or found nothing to complain about.
        diagnostics: What the compiler said, trimmed; may hold warnings of a good build.
        duration_s: Seconds that it took when it was done.
        artifact_digest: SHA-256 of what it made, hexadecimal.
        artifact_bytes: Its size.
    """

    ok: bool
    diagnostics: str
    duration_s: float
    artifact_digest: str | None = None
    artifact_bytes: int | None = None


def usual_directory() -> Path:
    """Where builds are kept: ``genesis/builds`` in the user's cache directory, as XDG has it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genesis" / "builds"


def digest_of_file(descriptor: int) -> str:
    """SHA-256 of a whole file, hexadecimal."""
    total = hashlib.sha256()
    offset = 0
    while chunk := os.pread(descriptor, _CHUNK_BYTES, offset):
        total.update(chunk)
        offset += len(chunk)
    return total.hexdigest()


class ArtifactStore:
    """A directory of builds that several processes may share, with a bound on its size.

    Each build is ``KEY.json`` and, where it made something, ``KEY.bundle``; both appear whole or not at all. The builds
    that were used longest ago go first.

    Args:
        directory: Made when it is first needed.
        bound_bytes: Of all that is kept.
    """

    def __init__(self, directory: Path, bound_bytes: int) -> None:
        self._directory = directory
        self._bound_bytes = bound_bytes
        self._checked: set[tuple[str, int, int, int]] = set()

    def get(self, key: str) -> tuple[BuildRecord, int | None] | None:
        """A build and a descriptor of what it made, which the caller closes; None when it is not kept, or damaged."""
        record, bundle = self._paths(key)
        try:
            found = BuildRecord(**json.loads(record.read_bytes()))
            os.utime(record)
            if found.artifact_digest is None:
                return found, None
            descriptor = os.open(bundle, os.O_RDONLY | os.O_CLOEXEC)
        except (OSError, ValueError, TypeError):
            return None
        status = os.fstat(descriptor)
        seen = (key, status.st_ino, status.st_mtime_ns, status.st_size)
        if seen not in self._checked:
            if digest_of_file(descriptor) != found.artifact_digest:
                os.close(descriptor)
                return None
            self._checked.add(seen)
        return found, descriptor

    def put(self, key: str, record: BuildRecord, artifact: int | None) -> None:
        """Keep a build.

        Raises:
            EnvironmentFault: The directory cannot be written.
        """
        target, bundle = self._paths(key)
        with self._writing():
            if artifact is not None:
                self._write(bundle, artifact)
            self._write(target, json.dumps(asdict(record)).encode())

    def noted(self, key: str) -> Mapping[str, float] | None:
        """Numbers that were kept under a key; None when they were not."""
        try:
            path = self._paths(key)[0]
            found: dict[str, float] = json.loads(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError):
            return None
        return found

    def note(self, key: str, numbers: Mapping[str, float]) -> None:
        """Keep numbers about something that was built.

        Raises:
            EnvironmentFault: The directory cannot be written.
        """
        with self._writing():
            self._write(self._paths(key)[0], json.dumps(dict(numbers)).encode())

    @contextlib.contextmanager
    def _writing(self) -> Generator[None]:
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            yield
            self._evict()
        except OSError as error:
            raise StoreError(
                f"{self._directory} cannot be written ({error.strerror}): builds are kept there; make room, set "
                "XDG_CACHE_HOME to another place, or evaluation.build_cache_bytes=0"
            ) from error

    def _paths(self, key: str) -> tuple[Path, Path]:
        return self._directory / f"{key}.json", self._directory / f"{key}.bundle"

    def _write(self, target: Path, content: bytes | int) -> None:
        descriptor, name = tempfile.mkstemp(dir=self._directory, prefix=_NEW)
        try:
            if isinstance(content, bytes):
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
            else:
                _copy(content, descriptor)
            Path(name).rename(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _evict(self) -> None:
        sizes: dict[str, int] = {}
        used: dict[str, float] = {}
        for path in self._directory.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another process may evict too
                known = path.stat()
                key = path.name if path.name.startswith(_NEW) else path.stem
                sizes[key] = sizes.get(key, 0) + known.st_size
                used[key] = max(used.get(key, 0.0), known.st_mtime)
        total = sum(sizes.values())
        for key in sorted(used, key=used.__getitem__)[:-1]:  # the newest stays, however large
            if total <= self._bound_bytes:
                return
            for path in (*self._paths(key), self._directory / key):  # the last: what a killed process left half written
                path.unlink(missing_ok=True)
            total -= sizes[key]


def _copy(source: int, target: int) -> None:
    size, offset = os.fstat(source).st_size, 0
    try:
        while offset < size:
            offset += os.sendfile(target, source, offset, size - offset)
    finally:
        os.close(target)
