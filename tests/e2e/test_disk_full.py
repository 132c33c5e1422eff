"""A disk that fills up while a run appends: exit 3, a log that verifies, and a run that resumes where there is room."""

import subprocess
import sys
import time
from pathlib import Path

import genesis
from events.log import verify

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
ENOUGH_BYTES = 50_000  # some evaluations

ON_A_SMALL_DISK = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
uid, gid = os.getuid(), os.getgid()
flags = {flags} if uid == 0 else {flags} | {user}
assert libc.unshare(flags) == 0, os.strerror(ctypes.get_errno())
if uid != 0:
    open("/proc/self/setgroups", "w").write("deny")
    open("/proc/self/uid_map", "w").write(f"0 {{uid}} 1")
    open("/proc/self/gid_map", "w").write(f"0 {{gid}} 1")
libc.mount(b"none", b"/", None, 0x40000 | 0x4000, None)
assert libc.mount(b"tmpfs", {disk!r}.encode(), b"tmpfs", 0, b"size=256k") == 0, os.strerror(ctypes.get_errno())
import subprocess
done = subprocess.run([sys.executable, "-m", "genesis.cli", "run", "toy", "runs_dir={disk}", "run_id=full",
                       "stop.evaluations=1000000", "stop.fitness=1e9"], capture_output=True, text=True)
import shutil
shutil.copytree("{disk}/full", {kept!r})
sys.stderr.write(done.stderr)
sys.exit(done.returncode)
"""


def test_a_full_disk_stops_the_run_with_exit_3_and_loses_nothing(tmp_path: Path) -> None:
    disk, kept = tmp_path / "disk", tmp_path / "runs" / "full"
    disk.mkdir()
    kept.parent.mkdir()
    program = ON_A_SMALL_DISK.format(flags=CLONE_NEWNS, user=CLONE_NEWUSER, disk=str(disk), kept=str(kept))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 3, done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    log = kept / "evolution_events.jsonl"
    appended = log.read_bytes()
    assert verify(log).sequence > 20
    assert genesis.Run.open(kept).status == "killed"
    evaluated = genesis.Run.open(kept).state.progress.evaluations

    resumed = subprocess.Popen([sys.executable, "-m", "genesis.cli", "resume", str(kept)], stderr=subprocess.PIPE)
    while resumed.poll() is None and log.stat().st_size < len(appended) + ENOUGH_BYTES:
        time.sleep(0.01)
    resumed.terminate()
    resumed.communicate()
    assert resumed.returncode == 130
    assert log.read_bytes().startswith(appended)
    assert genesis.Run.open(kept).state.progress.evaluations > evaluated
