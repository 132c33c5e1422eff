"""Programs are counted off in generations: initial programs are generation 0, then blocks of equal size."""

from events.envelope import Fact
from events.types import GenerationCompleted
from genesis.engine.state import State
from projections.archive import Elite

__all__ = ["complete_generation", "founders", "generation_of"]


def founders(state: State) -> int:
    """How many programs make generation 0: the problem's initial ones, or as many as models write where it has none."""
    return len(state.problem.seeds) or state.config.mutation.first_programs


def generation_of(state: State, number: int) -> int:
    """The generation of the run's ``number``-th program."""
    seeds = founders(state)
    return 0 if number <= seeds else 1 + (number - seeds - 1) // state.config.generation_size


def complete_generation(state: State) -> Fact | None:
    """The word that a generation is complete, once all its programs are settled."""
    generation = state.requests.generation
    size = state.config.generation_size if generation else founders(state)
    if state.requests.settled[generation] < size:
        return None
    progress, elites = state.progress, state.archive.island(0).ranked
    cells = state.policy.cells
    data = GenerationCompleted(
        generation=generation,
        evaluated=progress.evaluations,
        valid=progress.valid,
        best_fitness=progress.best.fitness if progress.best else None,
        mean_fitness=progress.mean_fitness,
        archive_size=len(elites),
        coverage=None if cells is None else len(elites) / cells,
        qd_score=None if cells is None else _qd_score(state, elites),
        cost_usd=state.budget.cost_usd,
    )
    return Fact(data, state.run.sequence, None, generation)


def _qd_score(state: State, elites: list[Elite]) -> float:
    primary = next(spec for spec in state.problem.metrics.values() if spec.is_primary)
    bound = primary.lower_bound if primary.higher_is_better else primary.upper_bound
    worst = 0.0 if bound is None else bound if primary.higher_is_better else -bound
    return sum(max(elite.fitness - worst, 0.0) for elite in elites)
