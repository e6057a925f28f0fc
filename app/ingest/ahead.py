"""Reads ahead in a process of its own: the next batch is parsed and mapped while the database stores the one before."""

import gc
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeVar

from app.core.errors import AppError, Unavailable

T = TypeVar("T")


class ReadingFailed(Exception):
    """The reading process ended with an error of the program: its class, and the place that raised it."""

    def __init__(self, kind: str, place: str) -> None:
        super().__init__(f"{kind} at {place}")
        self.kind, self.place = kind, place


def batches(stream: Iterable[T], size: int) -> Iterator[list[T]]:
    """The stream in lists of `size`; while one is worked on the next is made, and waits in the pipe.

    What the stream holds travels between processes, so it must be plain data. An AppError of the stream is raised here
    as it is, any other error as ReadingFailed. A reader that was killed raises Unavailable.
    """
    receive, send = get_context("fork").Pipe(duplex=False)
    reader = get_context("fork").Process(target=_read, args=(stream, size, receive, send), name="read-ahead")
    reader.start()
    send.close()
    try:
        yield from _received(receive)
    finally:
        receive.close()  # a reader that is not done finds its pipe broken and ends
        reader.terminate()
        reader.join()


def _received(receive: Connection) -> Iterator[list[T]]:
    while True:
        try:
            found: list[T] | Exception | None = pickle.loads(receive.recv_bytes())  # noqa: S301 - written by _read
        except EOFError:
            raise Unavailable("The process that reads the files was stopped.") from None
        if found is None:
            return
        if isinstance(found, Exception):
            raise found
        yield found


def _read(stream: Iterable[T], size: int, receive: Connection, send: Connection) -> None:
    """The reading process: it shares the parent's memory as it was, and touches none of its connections."""
    receive.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it as well, and ends the reader
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()
    with cycles_let_be(), suppress(BrokenPipeError):  # broken: the parent has stopped, or is no more
        _send_all(iter(stream), size, lambda found: send.send_bytes(pickle.dumps(found, protocol=5)))
    os._exit(0)


def _send_all(stream: Iterator[T], size: int, send: Callable[["list[T] | Exception | None"], None]) -> None:
    try:
        while batch := list(islice(stream, size)):
            send(batch)
            del batch
            gc.collect(0)
    except AppError as error:
        send(error)
    except BrokenPipeError:
        raise
    except Exception as error:
        send(ReadingFailed(type(error).__name__, place_of(error)))
    else:
        send(None)


@contextmanager
def cycles_let_be() -> Iterator[None]:
    """Keeps the garbage collector from going through the thousands of objects of a batch again and again: none of them
    refers back to itself. Whoever works in batches collects the youngest after each."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def place_of(error: BaseException) -> str:
    """Where an error was raised, as `file:line` within the program; a ReadingFailed brings its own."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if f"{os.sep}app{os.sep}" in frame.filename] or frames
    if not own:
        return "an unknown place"
    _, mark, within = own[-1].filename.rpartition(f"{os.sep}app{os.sep}")
    return f"app/{within}:{own[-1].lineno}" if mark else f"{own[-1].filename.rpartition(os.sep)[2]}:{own[-1].lineno}"
