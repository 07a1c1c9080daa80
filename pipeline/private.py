"""Folders and files that are their owner's alone, 0700 and 0600, whatever the umask. Windows has rights of its own."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

SHORTEST_SECRET = 16
_FOLDER, _FILE = 0o700, 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_HAS_MODES = os.name != "nt"
_KEPT_FILES = ("calls.db*", "demo.db*", "token", "audit-key", "pulse-cookie", "desk-*")  # of the data folder
_KEPT_FOLDERS = ("recordings", "matplotlib")


def private_folder(folder: Path) -> None:
    """Makes `folder` and the parents it lacks; one that is there stays as it is. Raises OSError."""
    if folder.is_dir():
        return
    private_folder(folder.parent)
    try:
        folder.mkdir(_FOLDER)
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None
        return  # somebody else was quicker
    if _HAS_MODES:
        folder.chmod(_FOLDER)  # a umask may also take away too much


def private_file(file: Path) -> None:
    """An empty file for whoever writes it by its name; one that is there is narrowed. Raises OSError.

    It is never opened when it is there: that would cost a database its locks as soon as it is closed again.
    """
    if file.is_dir():  # and a folder is not: nobody could enter it any more
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE))
    if _HAS_MODES:
        file.chmod(_FILE)


def kept_secret(file: Path) -> str:
    """The secret in `file`; a new one, of 32 random bytes, where there is no file. Raises OSError, ValueError."""
    if not file.exists():
        private_folder(file.parent)
        aside = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
        private_file(aside)
        try:
            aside.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
            with suppress(FileExistsError):
                os.link(aside, file)  # whole or not at all, and of two that start at once one wins
        finally:
            aside.unlink()
    kept = file.read_text(encoding="utf-8").strip()
    if len(kept) < SHORTEST_SECRET:
        raise ValueError(f"it holds {len(kept)} characters; it must be {SHORTEST_SECRET} or more, or be deleted")
    return kept


def narrow(folder: Path) -> list[Path]:
    """Takes from all others what they may do with what is kept in the data folder; the paths that stay open to them.

    The folder itself is narrowed when something of ours is in it, or nothing, and it is not everybody's (like /tmp).
    """
    return [path for path in _ours(folder) if not _narrowed(path)]


def exposed(folder: Path) -> list[Path]:
    """What of the data folder others on this machine may read or change now. Changes nothing."""
    modes = {path: path.lstat().st_mode for path in _ours(folder)}
    return [path for path, mode in modes.items() if mode & _OTHERS and not stat.S_ISLNK(mode)]


def is_exposed(file: Path) -> bool:
    """Whether others on this machine may read or change the file now. False where there is none."""
    try:
        return _HAS_MODES and bool(file.stat().st_mode & _OTHERS)
    except OSError:
        return False


def _ours(folder: Path) -> list[Path]:
    if not _HAS_MODES or not folder.is_dir():
        return []
    ours = [path for pattern in _KEPT_FILES for path in folder.glob(pattern)]
    for inner in _KEPT_FOLDERS:
        if (kept := (folder / inner).resolve()).is_dir():
            ours += [kept, *kept.rglob("*")]
    is_everybodys = bool(folder.stat().st_mode & stat.S_ISVTX)
    if not is_everybodys and (ours or not any(folder.iterdir())):
        ours.append(folder.resolve())
    return ours


def _narrowed(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
        if mode & _OTHERS and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    except FileNotFoundError:  # its owner has just deleted it
        return True
    except OSError:
        return False
    return True
