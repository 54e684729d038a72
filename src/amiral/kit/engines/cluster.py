"""A Dask cluster: one that runs already, by its address, or one started here for as long as it is needed.

Dask because: docs/decisions/0005-engine.md. Workers must have the same Amiral installed.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from amiral.cores.sentences import Sentence

from .contracts import BadEngine, EngineLost, Outcome, Task, attempted, sentence_of
from .processes import processors

MISSING = (
    'The Dask engine is not installed: pip install "amiral[cluster]", or requirements/cluster.lock, here and'
    " on the workers."
)
UNREACHABLE = "No Dask scheduler answers at %(address)s (%(reason)s): start it, or give another address."
LOST = "The Dask cluster at %(address)s went away (%(reason)s). What is finished is kept: do the same again."
ANSWER_WITHIN_S = 20
AHEAD = 2  # tasks per thread of the cluster that are sent before an answer came


class Cluster:
    """The scheduler at ``address``; without one, a cluster of ``count`` processes here. See ``Engine``."""

    def __init__(self, address: str = "", count: int = 0) -> None:
        try:
            import distributed
        except ImportError:
            raise BadEngine(Sentence(MISSING)) from None
        self._library: Any = distributed
        self._address, self._count = address, count or processors()
        self._client: Any = None
        self._own: Any = None

    def __enter__(self) -> Self:
        try:
            self._client = self._library.Client(self._address or self._started(), timeout=ANSWER_WITHIN_S)
        except (OSError, TimeoutError, ValueError) as error:
            self.__exit__(None, None, None)
            raise BadEngine(Sentence(UNREACHABLE, address=self._address, reason=sentence_of(error))) from None
        return self

    def _started(self) -> Any:
        self._own = self._library.LocalCluster(
            n_workers=self._count, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        )
        return self._own

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._client, self._own):
            if one is not None:
                one.close()
        self._client = self._own = None

    def outcomes(
        self, function: Callable[[Any], Any], tasks: Iterable[Task]
    ) -> Generator[Outcome, None, None]:
        """As soon as each is finished; what a lost worker did is done again by another, three times."""
        waiting, going = iter(tasks), dict[Any, str]()
        answers = self._library.as_completed()
        try:
            for _ in range(AHEAD * max(1, self._threads())):
                self._send(function, waiting, going, answers)
            while going:
                future = next(answers)
                yield self._outcome(future, going.pop(future))
                self._send(function, waiting, going, answers)
        finally:
            if self._client is not None:
                self._client.cancel(list(going), force=True)

    def _threads(self) -> int:
        return sum(self._client.nthreads().values())

    def _send(
        self, function: Callable[[Any], Any], waiting: Iterator[Task], going: dict[Any, str], answers: Any
    ) -> None:
        task = next(waiting, None)
        if task is None:
            return
        self._check()
        value = self._client.scatter([task], hash=False)[0]
        future = self._client.submit(attempted, function, value, pure=False)
        going[future] = task[0]
        answers.add(future)

    def _outcome(self, future: Any, key: str) -> Outcome:
        if future.status == "finished":
            outcome: Outcome = future.result()
            return outcome
        self._check()
        if future.status == "error":
            return Outcome(key, problem=sentence_of(future.exception()))
        raise EngineLost(Sentence(LOST, address=self._client.scheduler.addr, reason=future.status))

    def _check(self) -> None:
        if self._client.status != "running":
            address = self._address or Sentence("this machine")
            raise EngineLost(Sentence(LOST, address=address, reason=self._client.status))
