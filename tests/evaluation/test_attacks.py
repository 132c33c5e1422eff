"""Hostile candidates: each is contained and recorded with its reason, and the next is evaluated as if nothing was."""

import os
import time
from pathlib import Path

import pytest

from genesis.evaluation.job import Evaluated, Failed
from tests.evaluation.conftest import GOOD, Bench

ATTACKS = {
    "loops for ever": ("while True:\n    pass", {"timeout"}),
    "sleeps for ever": ("import time\ntime.sleep(1000)", {"timeout"}),
    "forks": ("import os\nwhile True:\n    os.fork()", {"sandbox_violation"}),
    "forks and swallows errors": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        {"timeout"},
    ),
    "starts a program": ("import subprocess\nsubprocess.run(['/bin/true'])", {"sandbox_violation"}),
    "allocates without end": ("x = []\nwhile True:\n    x.append(bytearray(1 << 22))", {"memory_limit"}),
    "prints without end": ("while True:\n    print('x' * 1000)", {"output_limit"}),
    "fills the disk": (
        "n = 0\nwhile True:\n    n += 1\n    with open(f'f{n}', 'wb') as f:\n        f.write(bytes(1 << 20))",
        {"output_limit", "timeout"},
    ),
    "writes one endless file": ("f = open('f', 'wb')\nwhile True:\n    f.write(bytes(1 << 20))", {"output_limit"}),
    "opens an internet socket": ("import socket\nsocket.create_connection(('1.1.1.1', 80))", {"sandbox_violation"}),
    "opens a unix socket": ("import socket\nsocket.socket(socket.AF_UNIX)", {"sandbox_violation"}),
    "reads the parent's environment": (
        "import os\ndef entrypoint():\n    return open(f'/proc/{os.getppid()}/environ').read()",
        {"sandbox_violation"},
    ),
    "reads its own environment": (
        "import os\ndef entrypoint():\n    return {'x': float(len([k for k in os.environ if 'SECRET' in k]))}",
        0.0,
    ),
    "reads the password file": ("open('/etc/passwd').read()", {"sandbox_violation"}),
    "reads the validator": ("open('{problem}/validate.py').read()", {"sandbox_violation"}),
    "writes into the problem": ("open('{problem}/validate.py', 'w')", {"sandbox_violation"}),
    "writes into Python": ("import os\nopen(os.__file__, 'a')", {"sandbox_violation"}),
    "writes into the home directory": ("open('/root/.bashrc', 'a')", {"sandbox_violation"}),
    "changes a file's mode": ("import os\nos.chmod('/usr/bin', 0o777)", {"sandbox_violation"}),
    "writes a fake result file": (
        "open('result.json', 'w').write('{\"fitness\": 999}')\nimport os\nos._exit(0)",
        {"bad_result"},
    ),
    "writes a fake result file and returns": (
        "open('metrics.json', 'w').write('{\"fitness\": 999}')\ndef entrypoint():\n    return {'x': 1.0}",
        1.0,
    ),
    "writes on every descriptor": (
        "import os\nfor fd in range(3, 64):\n    try:\n        os.pwrite(fd, b'{\"fitness\": 999}', 0)\n"
        "    except OSError:\n        pass\nos._exit(0)",
        {"bad_result"},
    ),
    "returns an object that runs code when unpickled": (
        "import os\nclass Bomb:\n    def __reduce__(self):\n        return os.system, ('touch /tmp/pwned',)\n"
        "def entrypoint():\n    return {'x': Bomb()}",
        {"bad_result"},
    ),
    "returns a float that is more than one": (
        "class F(float):\n    def __add__(self, other):\n        return 999.0\n"
        "def entrypoint():\n    return {'x': F(1.0)}",
        {"bad_result"},
    ),
    "returns a value that contains itself": (
        "def entrypoint():\n    x = []\n    x.append(x)\n    return x",
        {"bad_result"},
    ),
    "exits as if all were well": ("import os\nos._exit(0)", {"bad_result"}),
    "exits politely": ("import sys\nsys.exit(0)", {"crash"}),
    "claims a failure of the sandbox": ("import os\nos._exit(84)", {"bad_result"}),
    "kills its parent": ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", {"sandbox_violation"}),
    "kills everybody": ("import os, signal\nos.kill(-1, signal.SIGKILL)", {"sandbox_violation"}),
    "kills itself": ("import ctypes\nctypes.string_at(0)", {"crash"}),
    "traces its parent": (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.ptrace(16, os.getppid(), 0, 0) < 0:\n    raise OSError(ctypes.get_errno(), 'ptrace')",
        {"sandbox_violation"},
    ),
    "becomes root of a namespace": (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.unshare(0x10000000) < 0:\n    raise OSError(ctypes.get_errno(), 'unshare')",
        {"sandbox_violation"},
    ),
    "outlives its parent": (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.prctl(1, 0, 0, 0, 0) < 0:\n    raise OSError(ctypes.get_errno(), 'prctl')",
        {"sandbox_violation"},
    ),
    "lifts the limits of others": (
        "import os, resource\nresource.prlimit(os.getppid() or 2, resource.RLIMIT_NOFILE, (1, 1))",
        {"sandbox_violation"},
    ),
    "lifts its own limits": (
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        {"crash", "sandbox_violation"},
    ),
    "keeps memory in a file without a name": ("import os\nos.memfd_create('x')", {"sandbox_violation"}),
}


def attack(bench: Bench, name: str) -> tuple[object, object]:
    text, expected = ATTACKS[name]
    return bench.evaluate(text.replace("{problem}", bench.backend._setup.directory)), expected


@pytest.mark.parametrize("name", ATTACKS)
def test_contained_and_recorded(bench: Bench, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    pids = bench.backend.pids
    outcome, expected = attack(bench, name)
    if isinstance(expected, float):
        assert isinstance(outcome, Evaluated), outcome
        assert outcome.metrics["fitness"] == expected
    else:
        assert isinstance(outcome, Failed), outcome
        assert outcome.reason in expected, outcome
        assert outcome.message
    after = bench.evaluate(GOOD)
    assert isinstance(after, Evaluated), after
    assert after.metrics["fitness"] == 2.5
    assert bench.backend.pids == pids, "a warm process was lost"
    assert not Path("/tmp/pwned").exists()


def test_threads_are_counted(bench: Bench) -> None:
    outcome = bench.evaluate(
        "import threading\nthreading.stack_size(32768)\ne = threading.Event()\nn = 0\n"
        "def entrypoint():\n    global n\n    while n < 5000:\n        try:\n"
        "            threading.Thread(target=e.wait, daemon=True).start()\n            n += 1\n"
        "        except RuntimeError:\n            break\n    return {'x': float(n)}"
    )
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.metrics["fitness"] < 300


def test_a_candidate_sees_no_other_candidate(bench: Bench) -> None:
    first, second = bench.evaluate_all(
        [
            "import time, os\nopen('secret.txt', 'w').write('s')\ntime.sleep(0.3)\n" + GOOD,
            "import time, os\ntime.sleep(0.1)\n"
            "def entrypoint():\n    return {'x': float('secret.txt' in os.listdir('.'))}",
        ]
    )
    assert isinstance(first, Evaluated)
    assert isinstance(second, Evaluated)
    assert second.metrics["fitness"] == 0.0


def test_the_next_candidate_finds_an_empty_scratch_directory(bench: Bench) -> None:
    deep = (
        "import os\nfor i in range(800):\n    os.mkdir('d')\n    os.chdir('d')\nopen('f', 'w')\n"
        "os.symlink('/', 'link')\nos.mkdir('shut', 0)\n" + GOOD
    )
    assert isinstance(bench.evaluate(deep), Evaluated)
    listing = "import os\ndef entrypoint():\n    return {'x': float(len(os.listdir('.')))}"
    for outcome in bench.evaluate_all([listing + "\n" * i for i in range(4)]):
        assert isinstance(outcome, Evaluated), outcome
        assert outcome.metrics["fitness"] == 1.0  # its own main.py


def _tree(pid: int) -> list[int]:
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += _tree(int(child))
    return found


def _traces(bench: Bench) -> dict[str, object]:
    pids = sorted(pid for warm in bench.backend.pids for pid in _tree(warm))
    return {
        "processes": pids,
        "descriptors": [len(os.listdir(f"/proc/{pid}/fd")) for pid in [os.getpid(), *pids]],
        "mounts": [Path(f"/proc/{pid}/mountinfo").read_text().count("\n") for pid in [os.getpid(), *pids]],
        "temporary files": sorted(str(path) for path in Path("/tmp").glob("genesis-*/*/*")),
    }


def _settled(bench: Bench) -> dict[str, object]:
    """The traces when they stay the same: an answer comes a moment before the last descriptor is closed."""
    seen = [_traces(bench)]
    while len(seen) < 200 and seen[-4:] != [seen[-1]] * 4:
        time.sleep(0.05)
        seen.append(_traces(bench))
    return seen[-1]


def test_three_hundred_in_a_row_leave_nothing_behind(bench: Bench) -> None:
    texts = [
        GOOD,
        "open('f', 'w').write('x')\n" + GOOD,
        "1/0",
        "def f(:",
        "import os\nos._exit(3)",
        "print('x')\n" + GOOD,
    ]
    bench.evaluate_all([text + "\n" * 7 for text in texts])
    before = _settled(bench)
    outcomes = bench.evaluate_all([texts[i % len(texts)] + "\n" * i for i in range(300)])
    assert sum(isinstance(outcome, Evaluated) for outcome in outcomes) == 150
    assert _settled(bench) == before
