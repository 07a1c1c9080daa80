"""Silero VAD v6, the model in the faster-whisper wheel: probability of speech in each window of 32 ms."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import faster_whisper
import numpy as np
import onnxruntime
from numpy.typing import NDArray

WINDOW = 512  # samples at 16 kHz
CONTEXT = 64  # samples before the window that the model takes as well

State = tuple[NDArray[np.float32], NDArray[np.float32]]


class Silero:
    """The shared model. Thread-safe: the recurrent state of a stream is passed in and out."""

    def __init__(self, path: Path) -> None:
        onnxruntime.disable_telemetry_events()  # on Windows the environment does not (pipeline.quiet)
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    @staticmethod
    def fresh() -> State:
        """The state at the start of a stream."""
        return np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32)

    def probabilities(self, windows: NDArray[np.float32], state: State) -> tuple[NDArray[np.float32], State]:
        """Probabilities, shape (n,), of windows in -1..1, shape (n, 576), each with 64 samples of context first."""
        probabilities, h, c = self._session.run(None, {"input": windows, "h": state[0], "c": state[1]})
        return np.asarray(probabilities).reshape(-1), (h, c)


@cache
def shared_silero() -> Silero:
    """One Silero for all calls of the process."""
    return Silero(Path(faster_whisper.__file__).parent / "assets" / "silero_vad_v6.onnx")
