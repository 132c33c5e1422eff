"""How fast patches of models are read and applied, and replies of 200 KB are read: ``python -m benchmarks.patches``."""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from random import Random

from benchmarks.machine import describe, row
from genesis.language.similarity import Neighbours, fingerprint, signature
from genesis.mutation.models.conversation import converse
from genesis.mutation.models.patch import apply_patch
from genesis.mutation.models.port import Ask, Turn
from genesis.mutation.models.sample import SAMPLE
from genesis.program import Source

_LINES = 500
_PATCHES = 1_000
_BAR_S = 1.0


def _program() -> str:
    """Five hundred lines: functions of ten lines between markers, no line of which stands there twice."""
    lines = ["# EVOLVE-BLOCK-START"]
    for number in range((_LINES - 6) // 8):
        lines += [
            f"def step_{number}(state, scale):",
            f'    """Step {number} of the search."""',
            f"    total_{number} = 0.0",
            f"    for index_{number}, value in enumerate(state):",
            f"        if value > {number} * scale:",
            f"            total_{number} += value * {number}.5 + index_{number}",
            f"    return total_{number}",
            "",
        ]
    lines += ["# EVOLVE-BLOCK-END"]
    lines += [f"# line {number}" for number in range(_LINES - len(lines) - 3)]
    return "\n".join([*lines, "", "def entrypoint():", "    return step_0([1.0], 2.0)", ""])


def _patches(kind: str) -> list[str]:
    """Two blocks each, for different functions; ``shifted`` ones have lost their indentation."""
    draw = Random(1)
    patches: list[str] = []
    for _ in range(_PATCHES):
        blocks: list[str] = []
        for number in draw.sample(range((_LINES - 6) // 8), 2):
            search = [
                f"    for index_{number}, value in enumerate(state):",
                f"        if value > {number} * scale:",
                f"            total_{number} += value * {number}.5 + index_{number}",
            ]
            replace = [
                search[0],
                f"        if value >= {number} * scale:",
                search[2],
                f"            total_{number} *= 0.9",
            ]
            if kind == "shifted":
                search, replace = ([line[4:] for line in part] for part in (search, replace))
            text = "\n".join(["<<<<<<< SEARCH", *search, "=======", *replace, ">>>>>>> REPLACE"])
            blocks.append(f"program.py\n{text}")
        patches.append(
            "<name>keep equals</name>\n<rationale>Equal values count too.</rationale>\n\n" + "\n\n".join(blocks)
        )
    return patches


def _median_s(work: Callable[[], object], repeats: int) -> float:
    """Seconds of CPU: the work is pure and on one thread, so others on the machine do not count."""
    times: list[float] = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def _apply(source: Source, patches: Sequence[str]) -> None:
    for patch in patches:
        assert isinstance(apply_patch(source, patch, "python"), Source)


def _replies() -> dict[str, str]:
    return {
        "prose": "A long thought about `value` and more.\n" * 5_000,
        "fences": "```python\nx = 1\n```\n" * 10_000,
        "markers": "<<<<<<< SEARCH\n" * 13_000,
        "backticks": "`" * 200_000,
    }


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    print(describe())
    source = Source.single(_program(), "program.py")
    assert source.text.count("\n") == _LINES
    for kind in ("exact", "shifted"):
        patches = _patches(kind)
        taken = _median_s(lambda patches=patches: _apply(source, patches), asked.repeats)
        row(
            f"{_PATCHES} two-block patches, {kind}, {_LINES} lines", f"{taken:.2f} s", f"{_BAR_S} s", met=taken < _BAR_S
        )
    for name, reply in _replies().items():
        whole, half = (
            _median_s(lambda text=text: converse(SAMPLE, [Turn(text)]), asked.repeats)
            for text in (reply, reply[: len(reply) // 2])
        )
        ratio = whole / half
        row(f"reply of 200 KB against one of 100 KB, {name}", f"{ratio:.1f} times", "3 times", met=ratio < 3)
    prompt_s = _median_s(lambda: isinstance(converse(SAMPLE, ()), Ask), 20 * asked.repeats)
    row("a prompt made and counted", f"{prompt_s * 1e3:.1f} ms", "20 ms", met=prompt_s < 0.02)
    known, print_of = Neighbours(), signature(fingerprint(source, "python"))
    for number in range(10_000):
        known.add(f"p{number:06d}", print_of)
    nearest_s = _median_s(lambda: known.nearest(print_of), asked.repeats)
    row("the nearest of 10,000 programs", f"{nearest_s * 1e3:.1f} ms", "50 ms", met=nearest_s < 0.05)


if __name__ == "__main__":
    main()
