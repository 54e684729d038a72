"""A broker that wakes workers, for installations that have one; without it, workers look by themselves.

The broker carries no job, only calls ("something is due in this queue"): what it loses or says twice changes
nothing, because the job stands in the database and is taken there under a lease. kombu speaks to it: Redis,
RabbitMQ and whatever else speaks AMQP.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from threading import Event
from typing import Any

from django.conf import settings
from django.db import transaction

from amiral.kit.models import Job

logger = logging.getLogger(__name__)
ANYWAY_S = 2.0
"""How often a worker with a broker looks by itself: a call may be lost, a second attempt calls nobody."""
CALL_EXPIRES_S = 60
CONNECT_S = 1.0
DEAF_S = 30.0
"""How long nobody is called after the broker did not answer, so that no page waits for it twice."""

_deaf_until = 0.0


def is_missing() -> bool:
    """A broker is set and the library that speaks to it is not installed."""
    return bool(settings.AMIRAL_TASKS_BROKER) and find_spec("kombu") is None


def call(*, job: Job, at: datetime) -> None:
    """Wakes one worker after the commit; without a broker, or before the job's time, does nothing."""
    if settings.AMIRAL_TASKS_BROKER and job.due_at is not None and job.due_at <= at:
        transaction.on_commit(lambda: send(queue=job.queue))


def send(*, queue: str) -> bool:
    """One call; ``False`` when the broker does not answer: the job is found in the database all the same."""
    global _deaf_until
    if time.monotonic() < _deaf_until:
        return False
    try:
        _publish(queue)
    except Exception:
        logger.exception("The broker did not take a call; workers look every %s seconds.", ANYWAY_S)
        _deaf_until = time.monotonic() + DEAF_S
        return False
    return True


def _publish(queue: str) -> None:
    with _kombu("kombu.pools").producers[_connection()].acquire(block=True, timeout=CONNECT_S) as producer:
        producer.publish(
            {}, routing_key=_queue(queue).name, declare=[_queue(queue)], serializer="json",
            delivery_mode="transient", expiration=CALL_EXPIRES_S, retry=False,
        )  # fmt: skip


def waiting(*, queue: str, interval_s: float, over: Event) -> Callable[[], object]:
    """How a worker's thread waits between two looks: for a call, or simply for a while."""
    if not settings.AMIRAL_TASKS_BROKER:
        return lambda: over.wait(interval_s)
    return Ear(queue=queue, over=over).wait


class Ear:
    """What one thread of a worker hears from the broker; it listens only while it has nothing to do."""

    def __init__(self, *, queue: str, over: Event) -> None:
        self._queue, self._over, self._connection = _queue(queue), over, _connection()

    def wait(self) -> None:
        """Returns at the first call, at the latest after ``ANYWAY_S``."""
        try:
            with self._connection.Consumer([self._queue], callbacks=[_hear], prefetch_count=1):
                self._connection.drain_events(timeout=ANYWAY_S)
        except TimeoutError:
            return
        except Exception as trouble:
            logger.warning("The broker does not answer (%s); workers look by themselves.", trouble)
            self._connection.close()
            self._over.wait(ANYWAY_S)


def _kombu(module: str) -> Any:
    """Loaded late: only installations with a broker have it. It declares no types that could be checked."""
    return import_module(module)


def _hear(body: object, message: Any) -> None:
    message.ack()


def _connection() -> Any:
    url: str = settings.AMIRAL_TASKS_BROKER
    options: dict[str, float] = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
    if url.startswith("redis"):
        options["socket_connect_timeout"] = CONNECT_S
    return _kombu("kombu").Connection(url, connect_timeout=CONNECT_S, transport_options=options)


def _queue(name: str) -> Any:
    return _kombu("kombu").Queue(f"amiral.{name}", durable=False)
