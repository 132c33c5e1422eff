"""Proposals from processes of their own: the same as in this one, and no text can stop them."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from genesis.mutation.operators.port import Breeding, BreedingError, Proposed, Rejection
from genesis.mutation.pool import MutationPool
from genesis.mutation.propose import propose
from genesis.mutation.tasks import Order, Step, decode, encode, step_of
from genesis.process import ChildDied
from genesis.program import Source
from tests.language.hostile import HOSTILE
from tests.mutation.programs import POINTS, program

CMA = {"step": 0.1, "population": 4, "told": [[0.5, None, 1.5, 2.0]], "index": 3, "campaign_draw": "a"}
BREEDINGS = [
    ("constants", Breeding((program(POINTS),), "python", {"step": 0.1}, "a")),
    ("constants", Breeding((program(POINTS),), "python", {"step": 0.1, "count": 2}, "b")),
    ("cma_es", Breeding((program(POINTS),), "python", CMA, "")),
    ("syntax", Breeding((Source({"p.py": POINTS, "é": "x"}, "p.py"),), "python", {}, "a")),
    ("recombination", Breeding((program(POINTS), program(POINTS)), "python", {}, "a")),
]


def within(deadline_s: float, use: Callable[[MutationPool], Awaitable[Any]]) -> Any:
    """What a coroutine gets from a pool of two workers."""

    async def main() -> Any:
        async with MutationPool(2, deadline_s=deadline_s) as pool:
            return await use(pool)

    return asyncio.run(main())


def test_the_wire_changes_nothing() -> None:
    for operator, breeding in BREEDINGS:
        order = Order(operator, breeding)
        assert decode(encode(order), Order) == order
        answer = propose(operator, breeding)
        assert decode(encode(step_of(answer)), Step).value == answer


def test_a_pool_gives_what_the_function_gives() -> None:
    async def use(pool: MutationPool) -> list[Proposed | Rejection]:
        return list(await asyncio.gather(*(pool.propose(operator, breeding) for operator, breeding in BREEDINGS * 3)))

    assert within(60.0, use) == [propose(operator, breeding) for operator, breeding in BREEDINGS * 3]


def test_hostile_text_is_a_rejection_and_the_pool_goes_on() -> None:
    async def use(pool: MutationPool) -> None:
        for text in HOSTILE.values():
            for operator in ("constants", "syntax"):
                answer = await pool.propose(operator, Breeding((program(text),), "python", {"step": 0.1}, "a"))
                assert isinstance(answer, Proposed | Rejection)
        assert isinstance(await pool.propose(*BREEDINGS[0]), Proposed)

    within(60.0, use)


def test_a_worker_that_hangs_is_replaced() -> None:
    async def use(pool: MutationPool) -> None:
        await asyncio.gather(*(pool.propose(*BREEDINGS[0]) for _ in range(4)))
        stopped = [worker.child.pid for worker in pool._all]  # pyright: ignore[reportPrivateUsage]  to stop them
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        pool._deadline_s = 1.0  # pyright: ignore[reportPrivateUsage]  for those that are stopped alone
        answers = await asyncio.gather(*(pool.propose(*BREEDINGS[0]) for _ in range(2)))
        pool._deadline_s = 60.0  # pyright: ignore[reportPrivateUsage]
        assert {answer.reason for answer in answers if isinstance(answer, Rejection)} == {"not_applicable"}
        assert all("took more than 1 s" in answer.message for answer in answers if isinstance(answer, Rejection))
        assert await pool.propose(*BREEDINGS[0]) == propose(*BREEDINGS[0])

    within(60.0, use)


def test_a_worker_that_dies_is_replaced() -> None:
    async def use(pool: MutationPool) -> None:
        await asyncio.gather(*(pool.propose(*BREEDINGS[0]) for _ in range(4)))
        for worker in pool._all:  # pyright: ignore[reportPrivateUsage]  to kill them
            os.kill(worker.child.pid, signal.SIGKILL)
        answers = await asyncio.gather(*(pool.propose(*BREEDINGS[0]) for _ in range(2)))
        assert all(isinstance(answer, Rejection) and "SIGKILL" in answer.message for answer in answers)
        assert await pool.propose(*BREEDINGS[0]) == propose(*BREEDINGS[0])

    within(60.0, use)


def test_a_misuse_is_raised_where_it_was_made() -> None:
    async def use(pool: MutationPool) -> None:
        with pytest.raises(BreedingError, match="operator 'nothing' is not known"):
            await pool.propose("nothing", BREEDINGS[0][1])
        with pytest.raises(BreedingError, match="parameter step is None"):
            await pool.propose("constants", Breeding((program(POINTS),), "python", {}, "a"))
        assert isinstance(await pool.propose(*BREEDINGS[0]), Proposed)

    within(60.0, use)


def test_a_pool_that_closes_leaves_nobody_waiting() -> None:
    async def use(pool: MutationPool) -> None:
        await pool.propose(*BREEDINGS[0])
        waiting = [asyncio.create_task(pool.propose(*BREEDINGS[3])) for _ in range(2)]
        await asyncio.sleep(0)
        await pool.aclose()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(result, ChildDied | Proposed) for result in results)
        await pool.aclose()

    within(60.0, use)


def test_a_pool_has_a_worker() -> None:
    with pytest.raises(ValueError, match="workers is 0: a pool has 1 at least"):
        MutationPool(0)
