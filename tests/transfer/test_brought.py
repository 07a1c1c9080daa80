"""Whatever else than calls as callcoach writes them is brought in a zip is refused, by name."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.events.words import WordsHeard
from pipeline.transfer import brought_zip
from pipeline.transfer.call_zip import MANIFEST
from pipeline.transfer.importing import Here, import_calls
from tests.kept import CALL, OTHER, Kept, Make
from tests.transfer.test_calls import into, out

Files = dict[str, bytes]


def summed(files: Files) -> Files:
    """With sums that fit: by somebody who knows how."""
    told = json.loads(files[MANIFEST])
    for entry in told["calls"]:
        for name in entry["files"]:
            content = files.get(f"{entry['call_id']}/{name}", b"")
            entry["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return files | {MANIFEST: json.dumps(told).encode()}


def _text(old: str, new: str, *, sums: bool = True) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        name = f"{CALL}/records.jsonl"
        assert old.encode() in files[name]
        changed = files | {name: files[name].replace(old.encode(), new.encode(), 1)}
        return summed(changed) if sums else changed

    return change


def _told(change: Callable[[dict], None]) -> Callable[[Files], Files]:  # type: ignore[type-arg]
    def changed(files: Files) -> Files:
        told = json.loads(files[MANIFEST])
        change(told)
        return files | {MANIFEST: json.dumps(told).encode()}

    return changed


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Files], Files]:
    def changed(files: Files) -> Files:
        name = f"{CALL}/records.jsonl"
        return summed(files | {name: b"".join(change(files[name].splitlines(keepends=True)))})

    return changed


END = re.compile(rb'("CallEnded",(?:"version":\d+,)?"at_ms":)\d+')
BAD: dict[str, tuple[Callable[[Files], Files], str]] = {
    "changed text": (_text("水管", "水费", sums=False), "records.jsonl is not the file that the manifest tells of"),
    "shorter text": (_text("水管", "水", sums=False), r"records.jsonl has [\d,]+ bytes; the manifest says"),
    "a record of another call": (_text(f'{{"call_id":"{CALL}"', '{"call_id":"x"'), "line 1 is record 1 of call x"),
    "a record twice": (_lines(lambda lines: [*lines[:3], *lines[2:]]), "line 4 is record 3"),
    "a record is missing": (_lines(lambda lines: [*lines[:3], *lines[4:]]), "line 4 is record 5"),
    "without its end": (_lines(lambda lines: lines[:3]), "has 3 records of"),
    "without its beginning": (_lines(lambda lines: lines[1:]), "line 1 is record 2"),
    "no JSON": (_lines(lambda lines: [*lines[:2], b"{\n"]), "line 3 is no record"),
    "nested": (_lines(lambda lines: [*lines[:2], b"[" * 100_000 + b"\n"]), "line 3 is no record"),
    "no UTF-8": (_lines(lambda lines: [*lines[:2], b"\xff\n"]), "line 3 is no record"),
    "an end beyond all clocks": (
        _lines(lambda lines: [END.sub(rb"\g<1>1" + b"0" * 30, line) for line in lines]),
        "is no record: the number 1000000000000000000000000000000 is out of range",
    ),
    "a number of many digits": (_text('"at_ms":0', f'"at_ms":{"9" * 5_000}'), "line 1 is no record"),
    "a time before the beginning": (_text('"at_ms":0', '"at_ms":-1'), "at_ms is -1; no call has begun by then"),
    "an infinite score": (_text('"total":', '"total":1e999,"was":'), "the number 1e999 is out of range"),
    "a score that is no number": (_text('"total":', '"total":NaN,"was":'), "the number NaN is out of range"),
    "a fault that nobody can count": (_text('"fatal":', f'"fatal":{1 << 31},"was":'), "2147483648 is out of range"),
    "no time at all": (_text('"started_at":"20', '"started_at":"x20'), "no record: Invalid isoformat string: 'x20"),
    "a time of no year of calls": (_text('"started_at":"20', '"started_at":"00'), "started_at is 00.*; calls are of"),
    "a time without a zone": (_text('+08:00"', '"'), "line 1 is no record: started_at is .*, which has no zone"),
    "a newer event": (_text('"kind":"TurnStarted"', '"kind":"MoodHeard"'), "was written by a newer callcoach"),
    "a newer zip": (_told(lambda told: told.update(format=3)), "was made by a newer callcoach"),
    "no manifest": (lambda files: {n: c for n, c in files.items() if n != MANIFEST}, "it has no manifest.json"),
    "another manifest": (lambda files: files | {MANIFEST: b"[]"}, "manifest.json is none of callcoach"),
    "a file is missing": (lambda f: {n: c for n, c in f.items() if n != f"{CALL}/words.csv"}, "words.csv is missing"),
    "one too many": (lambda files: files | {f"{CALL}/more.txt": b""}, "more.txt is no file of these calls"),
    "a path out": (lambda files: files | {"../calls.db": b""}, r"\.\./calls.db is no file of these calls"),
    "an absolute path": (lambda files: files | {"/etc/cron.d/x": b""}, "/etc/cron.d/x is no file of these calls"),
    "a name in colour": (lambda files: files | {"\x1b[31m": b""}, r"\\x1b\[31m is no file of these calls"),
    "a call twice": (_told(lambda told: told["calls"].append(told["calls"][0])), "tells of 3 calls"),
    "no calls": (_told(lambda told: told.update(calls=[])), "tells of 0 calls"),
    "an id with a line end": (_told(lambda told: told["calls"][0].update(call_id="a\nb")), "whose id is empty"),
    "a long id": (_told(lambda told: told["calls"][0].update(call_id="a" * 201)), "whose id is empty, too long"),
    "a folder as a call": (_told(lambda told: told["calls"][0].update(call_id="..")), r"/\w+\.\w+ is missing"),
    "another kind of file": (
        _told(lambda told: told["calls"][0]["files"].update({"x.exe": {"bytes": 0, "sha256": ""}})),
        "has other files than a call has",
    ),
    "no sound": (lambda files: summed(files | {f"{CALL}/recording.opus": b"MZ"}), "is no recording of its kind"),
}  # fmt: skip


@pytest.fixture
def files(new_file: Make, tmp_path: Path) -> Iterator[Files]:
    kept = new_file("full")
    kept.fill()
    with zipfile.ZipFile(out(kept, tmp_path / "good.zip")) as archive:
        yield {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, files: Files, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            archive.writestr(info, content, zipfile.ZIP_STORED if "recording" in name else method)
    return path


def refused(kept: Kept, path: Path, said: str) -> None:
    with pytest.raises(StoreError, match=said) as error:
        into(kept, path)
    assert "\n" not in str(error.value)
    assert kept.store.position() == 0
    assert sorted(file.name for file in kept.folder.iterdir() if not file.name.startswith("calls.db")) == []


@pytest.mark.parametrize("bad", BAD)
def test_what_is_not_as_written_is_named_and_nothing_is_kept(
    files: Files, new_file: Make, tmp_path: Path, bad: str
) -> None:
    spoil, said = BAD[bad]
    refused(new_file("empty"), packed(tmp_path / "bad.zip", spoil(files)), said)


def test_repacked_by_another_program_it_is_taken(files: Files, new_file: Make, tmp_path: Path) -> None:
    assert into(new_file("empty"), packed(tmp_path / "other.zip", files, zipfile.ZIP_STORED)).new == [CALL, OTHER]


def test_nul_is_no_character_on_either_database(files: Files, new_kept: Make, tmp_path: Path) -> None:
    target = new_kept("target")
    changed = _text("水管", r"水\u0000管")(files)
    assert into(target, packed(tmp_path / "nul.zip", changed)).new == [CALL, OTHER]
    heard = [record.event.text for record in target.store.read(CALL) if isinstance(record.event, WordsHeard)]
    assert "我家的水\ufffd管什么时候修？" in heard
    assert into(target, tmp_path / "nul.zip").known == [CALL, OTHER]


def test_the_same_name_twice(files: Files, new_file: Make, tmp_path: Path) -> None:
    path = packed(tmp_path / "twice.zip", files)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{CALL}/words.csv", b"other")
    refused(new_file("empty"), path, "words.csv is there twice")


def test_packed_as_callcoach_does_not(files: Files, new_file: Make, tmp_path: Path) -> None:
    refused(
        new_file("empty"), packed(tmp_path / "lzma.zip", files, zipfile.ZIP_LZMA), "is encrypted, or packed in a way"
    )


def test_a_bomb_is_refused_before_it_is_unpacked(
    files: Files, new_file: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought_zip, "MOST_TEXT_BYTES", 1 << 20)
    bomb = summed(files | {f"{CALL}/words.csv": b" " * (2 << 20)})
    refused(new_file("empty"), packed(tmp_path / "bomb.zip", bomb), "words.csv is larger than 1,048,576 bytes")
    monkeypatch.setattr(brought_zip, "MOST_BYTES", 1 << 20)
    refused(new_file("other"), packed(tmp_path / "bomb.zip", bomb), "more than 1,048,576 bytes when it is unpacked")
    monkeypatch.setattr(brought_zip, "MOST_MANIFEST_BYTES", 10)
    refused(new_file("third"), packed(tmp_path / "bomb.zip", bomb), "manifest.json is larger than 10 bytes")


def test_one_that_says_less_than_it_is(files: Files, new_file: Make, tmp_path: Path) -> None:
    """Its directory and its manifest tell of few bytes, and what is packed becomes many."""
    name = f"{CALL}/words.csv"
    bomb = files | {name: b" " * 1_000_000}
    path = packed(tmp_path / "bomb.zip", _told(lambda told: told["calls"][0]["files"][
        "words.csv"].update(bytes=10))(bomb))  # fmt: skip
    content = path.read_bytes()
    directory = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    short = content[: directory + 24] + (10).to_bytes(4, "little") + content[directory + 28 :]
    path.write_bytes(short)
    refused(new_file("empty"), path, "words.csv is damaged: Bad CRC-32|words.csv is not the file")


def test_a_directory_without_end(files: Files, new_file: Make, tmp_path: Path) -> None:
    path = packed(tmp_path / "calls.zip", files)
    whole = path.read_bytes()
    end = whole[-22:]
    for number, (content, said) in enumerate((
        (whole[:-22] + end[:12] + (1 << 31).to_bytes(4, "little") + end[16:], "tells of more files than"),
        (whole[:-22] + b"PK\x06\x07" + bytes(16) + end, "is no zip that callcoach has written"),
        (whole[:-1], "is no zip that callcoach has written, or is cut off"),
        (whole[: len(whole) // 2], "is no zip that callcoach has written, or is cut off"),
        (b"", "is no zip"),
        (whole[:100] + whole[200:], "is no zip, or is damaged|is damaged"),
    )):  # fmt: skip
        path.write_bytes(content)
        refused(new_file(f"empty {number}"), path, said)


@pytest.mark.parametrize("place", range(0, 100, 7))
def test_wherever_a_byte_is_another_it_is_seen(files: Files, new_file: Make, tmp_path: Path, place: int) -> None:
    """Of a zip of ours, but for what no reader looks at: then the same calls are taken in."""
    path = packed(tmp_path / "calls.zip", files)
    content = bytearray(path.read_bytes())
    content[len(content) * place // 100] ^= 0x10
    path.write_bytes(content)
    kept = new_file("empty")
    try:
        assert into(kept, path).new == [CALL, OTHER]
    except StoreError:
        assert kept.store.position() == 0
    else:
        assert out(kept, tmp_path / "again.zip").read_bytes() == (tmp_path / "good.zip").read_bytes()


def test_no_zip_at_all(new_file: Make, tmp_path: Path) -> None:
    refused(new_file("empty"), tmp_path / "none.zip", "none.zip cannot be read: No such file")
    refused(new_file("other"), tmp_path, "cannot be read: Is a directory")


def test_nothing_is_asked_of_a_database_for_what_is_refused(files: Files, tmp_path: Path, new_file: Make) -> None:
    path = packed(tmp_path / "bad.zip", BAD["without its end"][0](files))
    kept = new_file("empty")
    with pytest.raises(StoreError):
        import_calls(path, Here(kept.store, kept.folder, lambda: pytest.fail("something was written") or nullcontext()))
