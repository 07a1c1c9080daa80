"""The model in a process of its own: it can crash, hang or be killed, and no call goes with it.

A process rather than a thread: a segmentation fault in native code ends only the worker, a hung one can be killed,
and the interpreter's lock stays with the voices (docs/decisions.md has the measurement).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline.asr.engine.weights import EngineSettings
from pipeline.errors import AsrError, CallcoachError, ModelError
from pipeline.ports import Pcm, Recognised

_LOAD_S = 120  # the largest weights from a slow disk
_NICE = 10  # the voices come first
_END_S = 2


class WorkerLost(AsrError):
    """The process died or gave no answer in time; it has been ended."""


class Worker:
    """One engine in one process. Used by one thread at a time; `end` by any."""

    def __init__(self, folder: Path, settings: EngineSettings) -> None:
        """Returns when the model is loaded. Raises ModelError when it cannot be, WorkerLost when the process dies."""
        spawn = multiprocessing.get_context("spawn")  # forked copies of threads and loaded libraries hang
        self._pipe, far = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(far, folder, settings), name="recogniser", daemon=True)
        self._process.start()
        far.close()  # so that the end of the process is the end of the pipe
        refused = self._answer(_LOAD_S)
        if isinstance(refused, CallcoachError):
            self.end()
            raise refused

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def recognise(self, batch: Sequence[Pcm], limit_s: float) -> list[Recognised]:
        """As WhisperEngine.recognise. Raises AsrError on a failure of the model, WorkerLost on one of the process."""
        try:
            self._pipe.send(list(batch))
        except OSError as error:
            raise self.lost() from error
        found = self._answer(limit_s)
        if isinstance(found, CallcoachError):
            raise found
        assert found is not None
        return found

    def end(self) -> None:
        """Kills the process if it still runs. Who waits for an answer gets WorkerLost."""
        self._process.kill()
        self._process.join(_END_S)

    def _answer(self, limit_s: float) -> list[Recognised] | CallcoachError | None:
        try:
            if not self._pipe.poll(limit_s):
                self.end()
                raise WorkerLost(f"the recogniser gave no answer for {limit_s:.0f} s")
            answer: list[Recognised] | CallcoachError | None = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self.lost() from error
        return answer

    def lost(self) -> WorkerLost:
        """How the process ended, or is ended now."""
        self._process.join(_END_S)
        code = self._process.exitcode
        self.end()
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return WorkerLost(f"the recogniser's process died ({how})")


def _serve(pipe: Connection, folder: Path, settings: EngineSettings) -> None:
    """The process: loads, says None, then answers batch after batch until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which then closes the pipe
    with contextlib.suppress(AttributeError, OSError):  # Windows has no nice
        os.nice(_NICE)
    from threadpoolctl import threadpool_limits

    from pipeline.asr.engine.whisper import load_engine

    threadpool_limits(
        settings.threads, user_api="blas"
    )  # OpenBLAS' other threads only spin: twice the processor's time
    try:
        engine = load_engine(folder, settings)
    except ModelError as error:
        pipe.send(error)
        return
    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            batch: list[Pcm] = pipe.recv()
            try:
                pipe.send(engine.recognise(batch))
            except Exception as error:  # this batch is lost; the next may be fine
                pipe.send(AsrError(f"the recogniser failed on an utterance: {error}"))
