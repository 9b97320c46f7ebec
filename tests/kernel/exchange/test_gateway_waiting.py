"""How long a group waits for more calls."""

import asyncio
import time

from xilin.kernel.exchange.gateway.waiting import Waiting, end


def taken(story):
    async def whole():
        waiting = Waiting(most=5)
        began = time.monotonic()
        return await story(waiting), time.monotonic() - began

    return asyncio.run(whole())


def later(waiting, *whens):
    async def put(number, when):
        await asyncio.sleep(when)
        waiting.put(number)

    return [asyncio.ensure_future(put(number, when)) for number, when in enumerate(whens)]


def test_who_comes_alone_goes_at_once():
    async def story(waiting):
        waiting.put("a")
        return await waiting.take()

    assert taken(story)[0] == ["a"]


def test_a_group_takes_what_came_meanwhile_in_its_order_and_no_more_than_it_may():
    async def story(waiting):
        for number in range(7):
            waiting.put(number)
        return [await waiting.take(), await waiting.take()]

    assert taken(story)[0] == [[0, 1, 2, 3, 4], [5, 6]]


def test_a_group_waits_for_those_that_were_let_go_last():
    async def story(waiting):
        for _ in range(2):
            waiting.put("x")
        await waiting.take()
        waiting.expect(4)
        coming = later(waiting, 0, 0, 0.0005, 0.0005)
        found = await waiting.take()
        await asyncio.gather(*coming)
        return found

    assert len(taken(story)[0]) > 2


def test_a_group_waits_a_moment_only_for_those_that_do_not_come_back():
    async def story(waiting):
        for number in range(4):
            waiting.put(number)
        await waiting.take()
        waiting.expect(4)
        waiting.put("a")
        return await waiting.take()

    found, seconds = taken(story)
    assert found == ["a"]
    assert seconds < 1


def test_what_waits_can_be_sent_away():
    async def story(waiting):
        waiting.put(1)
        waiting.put(2)
        return waiting.empty(), waiting.empty()

    assert taken(story)[0] == ([1, 2], [])


def test_a_task_that_forgets_a_cancellation_is_ended_all_the_same():
    forgotten = []

    async def forgetful():
        while len(forgotten) < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                forgotten.append(1)
        await asyncio.sleep(60)

    async def whole():
        task = asyncio.create_task(forgetful())
        await asyncio.sleep(0)
        await end(task)
        return task.cancelled()

    assert asyncio.run(whole())
