"""Makes a golden log for the current schema: ``python -m tests.golden.make NAME``. Made once a schema, then kept."""

import shutil
import sys
import tempfile
from pathlib import Path

import genesis
from genesis.problem import load_problem

HERE = Path(__file__).parent


def main() -> None:
    """Records a short run and prints its digest."""
    name = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        problem = Path("/tmp/golden/toy")  # the log names the place, so it is one that says nothing
        shutil.rmtree(problem, ignore_errors=True)
        shutil.copytree(load_problem("toy").directory, problem)
        run = genesis.evolve(problem, runs_dir=folder, run_id=name, seed=11, window=4, stop={"evaluations": 25})
        shutil.copy(run.log, HERE / f"{name}.jsonl")
        print(name, run.state.digest())


if __name__ == "__main__":
    main()
