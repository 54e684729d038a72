"""Letters that somebody waits for: beside the page in a server, at once everywhere else, lost nowhere."""

import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from amiral.kit.mail import courier
from amiral.kit.mail.courier import Courier


@pytest.fixture
def opened() -> Iterator[Courier]:
    made = Courier()
    made.open()
    yield made
    made.close()


def test_where_no_page_is_served_it_is_done_at_once() -> None:
    done: list[UUID] = []
    id_ = uuid4()
    Courier().bring(done.append, id_)
    assert done == [id_]


@pytest.mark.django_db(transaction=True)
def test_a_slow_server_holds_nobody(opened: Courier) -> None:
    slow, done = threading.Event(), threading.Semaphore(0)

    def work(_id: UUID) -> None:
        slow.wait(10)
        done.release()

    for _letter in range(5):
        opened.bring(work, uuid4())
    slow.set()
    assert all(done.acquire(timeout=10) for _letter in range(5))


@pytest.mark.django_db(transaction=True)
def test_one_that_fails_does_not_keep_the_others(opened: Courier, caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Semaphore(0)

    def work(id_: UUID) -> None:
        if id_.int % 2:
            raise ValueError("no")
        done.release()

    for number in range(6):
        opened.bring(work, UUID(int=number))
    assert all(done.acquire(timeout=10) for _letter in range(3))
    opened.close()
    assert "could not be brought" in caplog.text


def test_too_many_are_left_to_the_worker(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(courier, "MOST_WAITING", 2)
    monkeypatch.setattr(courier, "THREADS", 0)
    made = Courier()
    made._open, made._waiting = True, courier.queue.Queue(2)
    for _letter in range(4):
        made.bring(lambda _id: None, uuid4())
    assert caplog.text.count("Too many letters wait") == 2
