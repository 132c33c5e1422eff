"""A small right problem directory, for tests to break one thing of."""

from collections.abc import Mapping
from pathlib import Path

METRICS = """\
specs:
  score:
    description: how good it is
    higher_is_better: true
    is_primary: true
    lower_bound: 0
    upper_bound: 1.0
  size:
    description: how large it is
    higher_is_better: false
"""

FILES: Mapping[str, str] = {
    "task_description.txt": "Return a number.\n",
    "metrics.yaml": METRICS,
    "validate.py": "def validate(output):\n    return {'score': output, 'size': 1}\n",
    "initial_programs/one.py": "def entrypoint():\n    return 1\n",
    "initial_programs/two.py": "def entrypoint():\n    return 2\n",
}


def write_problem(
    parent: Path, changes: Mapping[str, str | bytes | None] | None = None, *, name: str = "right"
) -> Path:
    """The directory with some files replaced, added, or left out where the change is None."""
    directory = parent / name
    directory.mkdir()
    files: dict[str, str | bytes | None] = {**FILES, **(changes or {})}
    for path, content in files.items():
        if content is None:
            continue
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return directory
