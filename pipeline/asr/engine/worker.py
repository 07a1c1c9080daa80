"""The speech model in a process of its own, which can crash, hang or be killed without ending a call.

A process rather than a thread: a segmentation fault in native code ends only the worker, a hung one can be killed, and
it does not compete with the calls for the interpreter lock (docs/decisions.md has the measurement).
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

_LOAD_S = 120  # time limit of loading: the largest weights from a slow disk
_NICE = 10  # lower priority than the processing of audio
_END_S = 2


class WorkerLost(AsrError):
    """The process died or gave no answer in time; it has been ended."""


class Worker:
    """One engine in one process. Used by one thread at a time; `end` by any."""

    def __init__(self, folder: Path, settings: EngineSettings) -> None:
        """Returns when the model is loaded. Raises ModelError when it cannot be, WorkerLost when the process dies."""
        spawn = multiprocessing.get_context("spawn")  # a fork of a process with threads and loaded libraries can hang
        self._pipe, far = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(far, folder, settings), name="recogniser", daemon=True)
        self._process.start()
        far.close()  # so that the pipe ends when the process ends
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

    def recognise(
        self, batch: Sequence[Pcm], limit_s: float, beam: int, language: str, tells_language: bool
    ) -> list[Recognised]:
        """As WhisperEngine.recognise. Raises AsrError on a failure of the model, WorkerLost on one of the process."""
        try:
            self._pipe.send((list(batch), beam, language, tells_language))
        except OSError as error:
            raise self.lost() from error
        found = self._answer(limit_s)
        if isinstance(found, CallcoachError):
            raise found
        assert found is not None
        return found

    def end(self) -> None:
        """Kills the process if it still runs. A thread that waits in `recognise` gets WorkerLost."""
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
        """The error that tells how the process ended; ends it if it still runs."""
        self._process.join(_END_S)
        code = self._process.exitcode
        self.end()
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return WorkerLost(f"the recogniser's process died ({how})")


def _serve(pipe: Connection, folder: Path, settings: EngineSettings) -> None:
    """Main function of the process: loads the model, sends None, then answers batches until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the parent, which then closes the pipe
    with contextlib.suppress(AttributeError, OSError):  # Windows has no os.nice
        os.nice(_NICE)
    from threadpoolctl import threadpool_limits

    from pipeline.asr.engine.whisper import load_engine

    threadpool_limits(settings.threads, user_api="blas")  # further threads of OpenBLAS only busy-wait
    try:
        engine = load_engine(folder, settings)
    except ModelError as error:
        pipe.send(error)
        return
    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            batch, beam, language, tells_language = pipe.recv()
            try:
                pipe.send(engine.recognise(batch, beam, language, tells_language=tells_language))
            except Exception as error:  # this batch has failed; the next may succeed
                pipe.send(AsrError(f"the recogniser failed on an utterance: {error}"))
