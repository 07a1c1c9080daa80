"""Reading audio files: the decoded length counts, a file cut off is refused, irregularities are noticed."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from pipeline.audio.resample import saturate
from pipeline.audio.sources.file import FileSource
from pipeline.audio.sources.files.recording import Recording
from pipeline.errors import AudioError
from pipeline.events.call import CallFacts
from pipeline.folders import bundled
from tests.recordings import ALL, RATE_HZ, WRITTEN, talk, write

LENGTH_S = 3.0
WITHOUT_CUT = {"a.mp3", "noxing.mp3", "a.aac", "a.flac"}  # when concatenated, nothing marks the end of one
Codes = list[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("made")
    return {name: write(folder / name, talk(LENGTH_S)).read_bytes() for name in ALL}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], Recording]:
    def run(content: bytes) -> Recording:
        path = tmp_path / "recording"  # without a suffix: the container is found by the content
        path.write_bytes(content)
        return Recording(path)

    return run


def codes(recording: Recording) -> Codes:
    return [notice.code for notice in recording.notices]


def patched(content: bytes, *changes: tuple[int, bytes]) -> bytes:
    whole = bytearray(content)
    for place, what in changes:
        whole[place : place + len(what)] = what
    return bytes(whole)


@pytest.mark.parametrize("name", ALL)
def test_every_container_is_read_to_its_end(name: str, made: dict[str, bytes], read: Callable[..., Recording]) -> None:
    recording = read(made[name])
    assert recording.duration_ms == pytest.approx(LENGTH_S * 1000, abs=100)
    assert recording.channels == (1 if name == "a.amr" else 2)
    assert codes(recording) == []
    first, second = (np.concatenate(list(recording.blocks())) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_a_file_cut_in_the_middle_is_one_error_line(
    name: str, share: float, made: dict[str, bytes], read: Callable[..., Recording]
) -> None:
    with pytest.raises(AudioError, match="truncated: ") as caught:
        read(made[name][: int(len(made[name]) * share)])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ALL)
def test_joined_recordings_are_all_read(name: str, made: dict[str, bytes], read: Callable[..., Recording]) -> None:
    if name == "a.wma":
        pytest.skip("FFmpeg reads the first of joined ASF files; said in docs/files.md")
    recording = read(made[name] + made[name])
    assert recording.duration_ms == pytest.approx(2 * LENGTH_S * 1000, abs=250)
    if name not in WITHOUT_CUT:
        assert codes(recording) == ["joined"]


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.au", "a.caf", "a.w64", "a.rf64", "float.wav"])
def test_a_little_missing_at_the_end_is_noticed(
    name: str, made: dict[str, bytes], read: Callable[..., Recording]
) -> None:
    recording = read(made[name][:-88])
    assert codes(recording) == ["short"]
    assert LENGTH_S * 1000 - 3 <= recording.duration_ms < LENGTH_S * 1000


def test_more_than_a_quarter_second_missing_is_a_cut(made: dict[str, bytes], read: Callable[..., Recording]) -> None:
    with pytest.raises(AudioError, match="the header promises 192,000 bytes of audio, 175,200 are there"):
        read(made["a.wav"][: -int(0.2625 * RATE_HZ) * 4])


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF, 0x80000000])
@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.au"])
def test_a_length_left_open_by_a_writer_to_a_pipe_is_no_cut(
    name: str, length: int, made: dict[str, bytes], read: Callable[..., Recording]
) -> None:
    content = made[name]
    order = "<I" if name == "a.wav" else ">I"
    at = {"a.wav": content.find(b"data") + 4, "a.aiff": content.find(b"SSND") + 4, "a.au": 8}[name]
    outer = [] if name == "a.au" else [(4, struct.pack(order, length))]
    for changes in ([(at, struct.pack(order, length))], [(at, struct.pack(order, length)), *outer]):
        recording = read(patched(content, *changes))
        assert (recording.duration_ms, codes(recording)) == (LENGTH_S * 1000, [])


@pytest.mark.parametrize("factor", [1000, 1 / 7])
@pytest.mark.parametrize(("name", "sought", "skip", "form"), [
    ("a.wav", b"data", 4, "<I"), ("a.aiff", b"SSND", 4, ">I"),
    ("a.w64", b"data", 16, "<Q"), ("a.rf64", b"ds64", 16, "<Q"),
])  # fmt: skip
def test_a_false_length_in_the_header_is_noticed(
    name: str,
    sought: bytes,
    skip: int,
    form: str,
    factor: float,
    made: dict[str, bytes],
    read: Callable[..., Recording],
) -> None:
    content = made[name]
    lie = struct.pack(form, int(len(content) * factor))
    recording = read(patched(content, (content.find(sought) + skip, lie)))
    assert (recording.duration_ms, codes(recording)) == (LENGTH_S * 1000, ["length"])


def test_impossible_lengths_are_no_cut(made: dict[str, bytes], read: Callable[..., Recording]) -> None:
    for name, place in (("a.w64", made["a.w64"].find(b"data") + 16), ("a.caf", made["a.caf"].find(b"data") + 4)):
        for order in ("<Q", ">Q"):
            recording = read(patched(made[name], (place, struct.pack(order, 1 << 52))))
            assert recording.duration_ms == LENGTH_S * 1000


def test_an_mp3_whose_header_says_seven_hours_has_its_true_length(
    made: dict[str, bytes], read: Callable[..., Recording]
) -> None:
    content = made["a.mp3"]
    frames = next(at for mark in (b"Xing", b"Info") if (at := content.find(mark)) > 0) + 8
    recording = read(patched(content, (frames, struct.pack(">I", 7 * 3600 * RATE_HZ // 576))))
    assert recording.duration_ms == pytest.approx(LENGTH_S * 1000, abs=50)
    assert codes(recording) == ["length"]


def test_variable_bit_rate_without_a_header_is_read_to_the_end(tmp_path: Path) -> None:
    quiet = np.concatenate([talk(2), talk(6) * 1e-3])
    path = write(tmp_path / "vbr.mp3", quiet, kind="noxing.mp3", compression_level="2", abr="0", b="0", q="6")
    assert Recording(path).duration_ms == pytest.approx(8000, abs=100)


def test_what_follows_the_last_frame_of_an_mp3_is_no_cut(
    made: dict[str, bytes], read: Callable[..., Recording]
) -> None:
    for name in ("a.mp3", "noxing.mp3"):
        for tail in (b"TAG" + bytes(125), bytes(1000), b"\nfree words\n" * 30):
            assert read(made[name] + tail).duration_ms == pytest.approx(LENGTH_S * 1000, abs=100)


def test_flac_of_unknown_length(made: dict[str, bytes], read: Callable[..., Recording]) -> None:
    content = patched(made["a.flac"], (21, bytes([made["a.flac"][21] & 0xF0])), (22, bytes(4)))
    assert (read(content).duration_ms, codes(read(content))) == (LENGTH_S * 1000, [])
    with pytest.raises(AudioError, match="truncated: its last frame is incomplete"):
        read(content[: len(content) // 2])


def test_ogg_whose_end_is_not_marked_is_noticed(made: dict[str, bytes], read: Callable[..., Recording]) -> None:
    for name in ("a.opus", "a.ogg"):
        last = made[name].rfind(b"OggS")
        recording = read(made[name][:last])
        assert codes(recording) == ["short"]
        assert 0 < recording.duration_ms < LENGTH_S * 1000


def test_samples_that_are_no_numbers(made: dict[str, bytes], read: Callable[..., Recording]) -> None:
    content = made["float.wav"]
    body = content.find(b"data") + 8
    for odd in (b"\0\0\xc0\x7f", b"\0\0\x80\x7f"):
        with pytest.raises(AudioError, match="no sample is a number"):
            read(content[:body] + odd * ((len(content) - body) // 4))
    assert codes(read(patched(content, (body + 4000, b"\0\0\xc0\x7f" * 50)))) == ["no_numbers"]


def test_a_broken_piece_is_left_out_and_noticed(made: dict[str, bytes], read: Callable[..., Recording]) -> None:
    content = made["fast.m4a"]
    recording = read(patched(content, (len(content) // 2, bytes(range(200)))))
    assert codes(recording) == ["damaged"]
    assert recording.duration_ms > LENGTH_S * 700


@pytest.mark.parametrize("content", [
    b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\n%s\n#EXT-X-ENDLIST\n", b"ffconcat version 1.0\nfile '%s'\n",
    b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n#%s",
])  # fmt: skip
def test_a_playlist_cannot_make_other_files_be_read(
    content: bytes, tmp_path: Path, made: dict[str, bytes], read: Callable[..., Recording]
) -> None:
    (tmp_path / "secret.wav").write_bytes(made["a.wav"])
    with pytest.raises(AudioError, match="not readable as audio"):
        read(content % str(tmp_path / "secret.wav").encode())


def test_tags_in_another_encoding_do_not_matter(made: dict[str, bytes], read: Callable[..., Recording]) -> None:
    name = "来电".encode("gbk")
    frame = b"TIT2" + struct.pack(">I", len(name) + 1) + b"\0\0\0" + name
    tag = b"ID3\x03\0\0" + bytes([0, 0, 0, len(frame)]) + frame
    assert read(tag + made["noxing.mp3"]).duration_ms == pytest.approx(LENGTH_S * 1000, abs=100)


def test_the_demo_call_is_bit_for_bit_the_same(tmp_path: Path) -> None:
    """Whichever decoder is used, the samples are those that libsndfile gives."""
    opus = bundled("demo", "call.opus")
    samples, rate_hz = soundfile.read(opus, dtype="float32", always_2d=True)
    assert (len(samples), rate_hz) == (2_756_960, RATE_HZ)
    truth = saturate(samples)
    for name in ("call.opus", "a.wav", "a.flac", "a.aiff", "a.au", "a.caf", "a.w64", "a.rf64"):
        path = opus
        if name in WRITTEN:
            path = tmp_path / name
            container, coding = WRITTEN[name]
            soundfile.write(path, truth[: 20 * RATE_HZ], RATE_HZ, format=container, subtype=coding)
        recording = Recording(path)
        assert recording.duration_ms == (172_310 if path == opus else 20_000)
        heard = np.concatenate(list(recording.blocks()))
        assert np.array_equal(heard, truth[: len(heard)]), name


def test_another_rate_is_resampled_as_ever(tmp_path: Path) -> None:
    sound = talk(2)[:, :1]
    path = tmp_path / "a.wav"
    soundfile.write(path, sound, 44_100, subtype="FLOAT")
    truth = saturate(soxr.resample(sound, 44_100, RATE_HZ, quality="HQ"))
    heard = np.concatenate(list(FileSource(path, facts=CallFacts())._recording.blocks()))
    assert hashlib.sha256(heard.tobytes()).digest() == hashlib.sha256(truth.tobytes()).digest()
