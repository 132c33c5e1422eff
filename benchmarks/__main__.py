"""Every benchmark, one after the other, each in a process of its own: ``python -m benchmarks [--quick]``."""

import subprocess
import sys

WHOLE = {
    "startup": [],
    "log": [],
    "patches": [],
    "evaluation": [],
    "models": [],
    "builds": [],
    "throughput": [],
    "relay": [],
    "both_sides": [],
    "analytics": [],
    "codecs": [],
    "heilbronn": [],
}
QUICK = {
    "startup": ["--repeats", "3"],
    "log": ["--events", "60000", "--repeats", "1"],
    "patches": ["--repeats", "1"],
    "evaluation": ["--evaluations", "300", "--in-a-row", "1000", "--context-mib", "128"],
    "models": ["--rounds", "2"],
    "builds": ["--rounds", "5"],
    "throughput": ["--programs", "2000"],
    "relay": ["--events", "20000", "--repeats", "1"],
    "both_sides": ["--programs", "120"],
    "analytics": ["--events", "20000", "--repeats", "1"],
    "codecs": ["--events", "5000", "--repeats", "1"],
    "heilbronn": ["--seeds", "1", "--wall-s", "20"],
}


def main() -> int:
    """Runs them and returns how many could not be run; a missed bar is printed, not counted."""
    chosen = QUICK if "--quick" in sys.argv[1:] else WHOLE
    broken = 0
    for name, arguments in chosen.items():
        print(f"== {name}", flush=True)
        broken += subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=False).returncode != 0
    return broken


if __name__ == "__main__":
    sys.exit(main())
