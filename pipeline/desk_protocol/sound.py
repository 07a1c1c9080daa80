"""Sound as messages carry it: FLAC of int16 at 16 kHz, which is what was heard, sample for sample."""

from __future__ import annotations

import io

import soundfile

from pipeline.desk_protocol.frames import ProtocolError
from pipeline.desk_protocol.kinds import LONGEST_HEARD_MS
from pipeline.ports import SAMPLE_RATE_HZ, Pcm


def encoded(pcm: Pcm) -> bytes:
    """Of int16 of shape (n,), or (n, 2): agent left, customer right."""
    out = io.BytesIO()
    soundfile.write(out, pcm, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def decoded(body: bytes, channels: int = 1) -> Pcm:
    """int16 as `encoded` took it. Raises ProtocolError for what is none, or longer than LONGEST_HEARD_MS."""
    most = LONGEST_HEARD_MS * SAMPLE_RATE_HZ // 1000
    try:
        with soundfile.SoundFile(io.BytesIO(body)) as file:
            if (file.format, file.samplerate, file.channels) != ("FLAC", SAMPLE_RATE_HZ, channels):
                told = f"{file.format} of {file.samplerate} Hz with {file.channels} channels"
                raise ProtocolError(f"sound is {told}; it must be FLAC of {SAMPLE_RATE_HZ} Hz with {channels}")
            pcm: Pcm = file.read(most + 1, dtype="int16")
    except soundfile.SoundFileError as error:
        raise ProtocolError(f"sound is no FLAC: {error}") from None
    if not 0 < len(pcm) <= most:
        raise ProtocolError(f"sound has {len(pcm)} samples; it must have 1 to {most}")
    return pcm
