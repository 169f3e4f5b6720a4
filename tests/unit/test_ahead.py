"""Reading ahead: in order whoever is first, never far, and each batch begun before it is read."""

from __future__ import annotations

import anyio
import pytest

from robasync.ahead import AHEAD, READERS, TOGETHER, Ahead, at_hand
from robasync.batches import Batch
from robasync.errors import Unreadable


def batch(number, count):
    """Return a batch of ``count`` documents that are all left."""
    names = tuple(f"{number}-{place:03}.txt" for place in range(count))

    return Batch(number=number, documents=names, left=names)


class Desk:
    """Reads when it is told to: every reading waits for its gate, and notes that it began."""

    def __init__(self):
        self.told = []
        self.ended = []
        self._gates = {}
        self._news = anyio.Event()

    def begin(self, batch):
        self.told.append(("begin", batch.number))

    async def read(self, names):
        self.told.append(("read", names[0]))
        self._news.set()
        self._news = anyio.Event()

        try:
            await self._gates.setdefault(names[0], anyio.Event()).wait()
        finally:
            self.ended.append(names[0])

        return [Unreadable(name) for name in names]

    def open(self, *firsts):
        """Let the groups that begin with these names be read."""
        for first in firsts:
            self._gates.setdefault(first, anyio.Event()).set()

    async def until(self, count):
        """Return once so many readings have begun."""
        while len(self.began) < count:
            await self._news.wait()

    @property
    def began(self):
        return [what for deed, what in self.told if deed == "read"]


@pytest.fixture
def desk():
    return Desk()


async def gathered(receive):
    """Return the first name of every group that comes, in the order in which they come."""
    async with receive:
        return [group.documents[0][0] async for group in receive]


def names_of(batches):
    return [batch.left[0] for batch in batches]


async def test_the_order_is_that_of_the_batches_whoever_is_read_first(desk):
    """A group waits for those before it, however long they take to be read."""
    batches = [batch(number, 2) for number in range(1, READERS + 1)]
    send, receive = anyio.create_memory_object_stream(AHEAD)
    last_first = names_of(batches)[::-1]

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Ahead(at_hand(batches), desk.read, begin=desk.begin).run, send)
            await desk.until(READERS)

            for name in last_first:
                desk.open(name)
                await anyio.wait_all_tasks_blocked()

            assert await gathered(receive) == names_of(batches)

    assert desk.ended == last_first


async def test_each_name_comes_with_what_it_is(desk):
    """A batch larger than a group comes in several; each document stands beside its own name."""
    large = batch(1, TOGETHER + 3)
    desk.open(large.left[0], large.left[TOGETHER])
    send, receive = anyio.create_memory_object_stream(AHEAD)

    with anyio.fail_after(20):
        async with receive:
            await Ahead(at_hand([large]), desk.read, begin=desk.begin).run(send)
            groups = [group async for group in receive]

    assert [len(group.documents) for group in groups] == [TOGETHER, 3]
    assert all(group.batch is large for group in groups)
    assert [(name, str(document)) for group in groups for name, document in group.documents] == [
        (name, name) for name in large.left
    ]


async def test_no_more_is_read_than_may_wait(desk):
    """While nobody takes groups, AHEAD of them wait to be taken and READERS more are held, no others."""
    batches = [batch(number, 1) for number in range(1, 4 * (AHEAD + READERS))]
    desk.open(*names_of(batches))
    send, receive = anyio.create_memory_object_stream(AHEAD)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Ahead(at_hand(batches), desk.read, begin=desk.begin).run, send)
            await anyio.wait_all_tasks_blocked()

            assert desk.began == names_of(batches)[: AHEAD + READERS]

            # Each that is taken makes room for one.
            await receive.receive()
            await anyio.wait_all_tasks_blocked()

            assert len(desk.began) == AHEAD + READERS + 1
            assert await gathered(receive) == names_of(batches)[1:]


async def test_a_batch_is_begun_before_its_first_document_is_read(desk):
    """Batches begin in order, each once, none before a reader wants its documents."""
    batches = [batch(1, TOGETHER + 1), batch(2, 1)]
    desk.open(batches[0].left[0], batches[0].left[TOGETHER], batches[1].left[0])
    send, receive = anyio.create_memory_object_stream(AHEAD)

    with anyio.fail_after(20):
        async with receive:
            await Ahead(at_hand(batches), desk.read, begin=desk.begin).run(send)

    assert desk.told == [
        ("begin", 1),
        ("read", "1-000.txt"),
        ("read", "1-050.txt"),
        ("begin", 2),
        ("read", "2-000.txt"),
    ]


async def test_a_batch_of_which_nothing_is_left_comes_all_the_same(desk):
    """It begins, is not read, and comes empty in its place: it has still to be completed."""
    batches = [batch(1, 1), batch(2, 0), batch(3, 1)]
    desk.open(*names_of([batches[0], batches[2]]))
    send, receive = anyio.create_memory_object_stream(AHEAD)

    with anyio.fail_after(20):
        async with receive:
            await Ahead(at_hand(batches), desk.read, begin=desk.begin).run(send)
            groups = [group async for group in receive]

    assert [(group.batch.number, len(group.documents)) for group in groups] == [(1, 1), (2, 0), (3, 1)]


async def test_who_is_cancelled_stops_reading_and_closes(desk):
    """All readings end, nothing more begins, and whoever takes the groups sees their end."""
    batches = [batch(number, 1) for number in range(1, 20)]
    send, receive = anyio.create_memory_object_stream(AHEAD)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Ahead(at_hand(batches), desk.read, begin=desk.begin).run, send)
            await desk.until(READERS)
            tasks.cancel_scope.cancel()

        assert await gathered(receive) == []

    assert sorted(desk.ended) == sorted(desk.began) == names_of(batches)[:READERS]


async def test_a_batch_that_is_waited_for_holds_nobody_up(desk):
    """What is there is read and sent while the next batch has yet to come; it is read when it comes."""
    first, second, come = batch(1, 2), batch(2, 1), anyio.Event()
    send, receive = anyio.create_memory_object_stream(AHEAD)
    desk.open(*names_of([first, second]))

    async def coming():
        yield first
        await come.wait()
        yield second

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks, receive:
            tasks.start_soon(Ahead(coming(), desk.read, begin=desk.begin).run, send)
            assert (await receive.receive()).batch is first
            await anyio.wait_all_tasks_blocked()
            assert desk.told[-1] == ("read", first.left[0])
            come.set()
            assert (await receive.receive()).batch is second
