"""Reads ahead in a thread: the next batch is parsed and mapped while the database stores the one before."""

from collections.abc import Iterable, Iterator
from itertools import islice
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
_PATIENCE = 0.2  # seconds between looks at whether the other side has gone


def batches(stream: Iterable[T], size: int) -> Iterator[list[T]]:
    """The stream in lists of `size`, one of them made ahead. An error of the stream is raised here."""
    ready: Queue[list[T] | BaseException | None] = Queue(maxsize=1)
    stop = Event()
    thread = Thread(target=_read, args=(iter(stream), size, ready, stop), name="read-ahead", daemon=True)
    thread.start()
    try:
        while (batch := ready.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        stop.set()
        _drain(ready)
        thread.join()


def _read(stream: Iterator[T], size: int, ready: "Queue[list[T] | BaseException | None]", stop: Event) -> None:
    try:
        while not stop.is_set() and (batch := list(islice(stream, size))):
            _put(ready, batch, stop)
        _put(ready, None, stop)
    except BaseException as error:
        _put(ready, error, stop)


def _put(ready: "Queue[list[T] | BaseException | None]", item: list[T] | BaseException | None, stop: Event) -> None:
    while not stop.is_set():
        try:
            ready.put(item, timeout=_PATIENCE)
            return
        except Full:
            continue


def _drain(ready: "Queue[list[T] | BaseException | None]") -> None:
    try:
        while True:
            ready.get_nowait()
    except Empty:
        return
