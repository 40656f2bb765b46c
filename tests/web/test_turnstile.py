"""The queue before the answers."""

from __future__ import annotations

import asyncio

import pytest

from malmoi.web.turnstile import Pass, QueueFull, Turnstile


async def test_nobody_stands_twice_in_front_of_another() -> None:
    turnstile = Turnstile(1, 10)
    working = turnstile.enter("ara")
    greedy = [turnstile.enter("ara") for _ in range(3)]
    late = turnstile.enter("bom")
    assert [p.position for p in (working, late, *greedy)] == [0, 1, 2, 3, 4]
    served = []
    running = working
    everyone = [*greedy, late]
    while everyone:
        running.leave()
        running = next(p for p in everyone if p.position == 0)
        everyone.remove(running)
        served.append(running)
    assert served == [late, *greedy]
    running.leave()
    assert (turnstile.running, turnstile.waiting) == (0, 0)


async def test_those_who_wait_are_told_whenever_their_place_changes() -> None:
    turnstile = Turnstile(1, 10)
    first, second, third = (turnstile.enter(name) for name in ("ara", "bom", "chorok"))
    told: list[int] = []

    async def follow(given: Pass) -> None:
        async for position in given.positions():
            told.append(position)

    task = asyncio.create_task(follow(third))
    await asyncio.sleep(0.01)
    first.leave()
    await asyncio.sleep(0.01)
    second.leave()
    await asyncio.wait_for(task, 1)
    assert told == [2, 1] and third.position == 0


async def test_giving_up_ends_the_wait_from_another_thread() -> None:
    turnstile = Turnstile(1, 10)
    turnstile.enter("ara")
    waiting = turnstile.enter("bom")
    task = asyncio.create_task(waiting.wait())
    await asyncio.sleep(0.01)
    await asyncio.to_thread(waiting.leave)
    await asyncio.wait_for(task, 1)
    assert waiting.left and turnstile.waiting == 0 and turnstile.running == 1


async def test_a_cancelled_answer_gives_its_place_to_the_next() -> None:
    turnstile = Turnstile(1, 10)

    async def work() -> None:
        with turnstile.enter("ara") as place:
            await place.wait()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    following = turnstile.enter("bom")
    task.cancel()
    await asyncio.wait_for(following.wait(), 1)
    assert turnstile.running == 1 and following.position == 0


def test_the_queue_is_bounded() -> None:
    turnstile = Turnstile(2, 3)
    for number in range(5):
        turnstile.enter(str(number))
    with pytest.raises(QueueFull) as refused:
        turnstile.enter("late")
    assert refused.value.status == 429 and refused.value.retry_after > 0
