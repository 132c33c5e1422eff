"""What a newcomer sees: ``heilbronn`` from its seeds, a minute a run, for ten seeds of the random generator."""

import argparse
import statistics
import tempfile

import genesis
from benchmarks.machine import describe, row

BAR = 0.012


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--wall-s", type=float, default=60.0)
    asked = parser.parse_args()
    print(describe())
    reached: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(asked.seeds):
            stop = {"wall_s": asked.wall_s, "evaluations": None}
            run = genesis.evolve("heilbronn", runs_dir=folder, seed=seed, stop=stop)
            best, evaluations = run.best, run.state.progress.evaluations
            reached.append(best.fitness if best is not None and best.fitness is not None else 0.0)
            tries = {name: (record.tries, record.improved) for name, record in run.state.operators.records.items()}
            print(f"      seed {seed}: {reached[-1]:.5f} after {evaluations} evaluations; tries, improved: {tries}")
    good = sum(value >= BAR for value in reached)
    least = -(-9 * asked.seeds // 10)
    row(
        f"{BAR} or better within {asked.wall_s:g} s",
        f"{good} of {asked.seeds}",
        f"{least} of {asked.seeds}",
        met=good >= least,
    )
    print(f"      median {statistics.median(reached):.5f}, worst {min(reached):.5f}, best {max(reached):.5f}")


if __name__ == "__main__":
    main()
