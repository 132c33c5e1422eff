"""Who descends from whom."""

from collections import deque
from collections.abc import Iterator

from events.envelope import Event
from events.types import MutationProposed
from projections.fold import Plain, Projection, takes

__all__ = ["Lineage"]


class Lineage(Projection):
    """The graph of descent: programs with text, edges from child to parents.

    Attributes:
        parents: Program to its parents, in the order of proposals.
        children: Program to the programs made from it, in the order of proposals.
    """

    def __init__(self) -> None:
        self.parents: dict[str, tuple[str, ...]] = {}
        self.children: dict[str, list[str]] = {}

    @takes(MutationProposed)
    def _proposed(self, _: Event, data: MutationProposed) -> None:
        self.parents[data.program] = data.parents
        for parent in data.parents:
            self.children.setdefault(parent, []).append(data.program)

    def ancestors(self, program: str) -> Iterator[str]:
        """The program and all that it descends from, nearest first, each once.

        Raises:
            KeyError: There is no such program.
        """
        seen, queue = {program}, deque([program])
        self.parents[program]  # an unknown program is the caller's error, an unknown ancestor is not
        while queue:
            current = queue.popleft()
            yield current
            for parent in self.parents.get(current, ()):
                if parent not in seen:
                    seen.add(parent)
                    queue.append(parent)

    def pathway(self, program: str) -> list[str]:
        """The line of first parents from an initial program to this one, oldest first.

        Raises:
            KeyError: There is no such program.
        """
        line = [program]
        while parents := self.parents[line[-1]]:
            line.append(parents[0])
        return line[::-1]

    def common_ancestors(self, *programs: str) -> list[str]:
        """Programs that all of ``programs`` descend from (or are), nearest to the first one first.

        Raises:
            KeyError: One of them does not exist.
        """
        if not programs:
            return []
        others = [set(self.ancestors(program)) for program in programs[1:]]
        return [each for each in self.ancestors(programs[0]) if all(each in other for other in others)]

    def snapshot(self) -> Plain:
        """Every edge."""
        return {program: list(parents) for program, parents in self.parents.items()}
