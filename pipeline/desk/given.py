"""What the centre gives its desks to go by, kept here so that it holds offline: rulebook, and what teams have set."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.desk.link import Link
from pipeline.desk_protocol.messages import Rulebook as RulebookGiven, SettingsOfTeam
from pipeline.errors import RulebookError
from pipeline.people.team_settings import NEVER_SET, SettingsVersion, TeamSettings
from pipeline.private import private_file, private_folder

log = logging.getLogger(__name__)

RULEBOOK, TEAMS = "desk-rulebook.yaml", "desk-teams.json"  # in the data folder
_SETTINGS: TypeAdapter[TeamSettings] = TypeAdapter(TeamSettings)


class GivenByCentre:
    """From any thread, until `close`. `changed` is told of a rulebook that calls go by from the next on.

    A rulebook is read in a thread of its own: heartbeats wait for none.
    """

    def __init__(
        self, link: Link, folder: Path, changed: Callable[[Rulebook], None], say: Callable[[str], None]
    ) -> None:
        """`say` is for the terminal."""
        self._folder = folder
        self._changed = changed
        self._say = say
        self._lock = threading.Lock()
        self._teams = _read_teams(folder / TEAMS)
        self._one = ThreadPoolExecutor(1, "given by the centre")
        link.on(RulebookGiven, self._look_into)
        link.on(SettingsOfTeam, self._take_settings)

    def close(self) -> None:
        self._one.shutdown(cancel_futures=True)

    def _look_into(self, said: RulebookGiven, body: bytes) -> None:
        with suppress(RuntimeError):  # it is closed: the centre tells it again
            self._one.submit(self._take_rulebook, said, body)

    @property
    def rulebook(self) -> Path | None:
        """The newest that the centre gave; None: none yet."""
        path = self._folder / RULEBOOK
        return path if path.is_file() else None

    @property
    def digest(self) -> str | None:
        """Its SHA-256."""
        path = self.rulebook
        return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else None

    def team_settings(self, team: str | None) -> SettingsVersion:
        """What the team has set, as the centre told it last."""
        with self._lock:
            return self._teams.get(team or "", NEVER_SET)

    def _take_rulebook(self, said: RulebookGiven, body: bytes) -> None:
        aside = self._folder / f".{RULEBOOK}"
        try:
            if hashlib.sha256(body).hexdigest() != said.sha256:
                raise RulebookError("it is not what its SHA-256 says")
            _write(aside, body)
            rulebook = load_rulebook(aside)  # one that is no good is not kept
            aside.replace(self._folder / RULEBOOK)
        except (RulebookError, OSError) as error:
            self._say(f"the centre's rulebook is not taken: {error}")
            return
        except Exception:
            log.exception("the centre's rulebook was not taken")
            return
        self._changed(rulebook)

    def _take_settings(self, said: SettingsOfTeam, body: bytes) -> None:
        with self._lock:
            self._teams[said.team or ""] = SettingsVersion(said.version, 0.0, None, "", said.settings)
            told = {team: [one.version, asdict(one.settings)] for team, one in self._teams.items()}
        try:
            _write(self._folder / TEAMS, json.dumps(told).encode())
        except OSError as error:
            log.warning("what teams have set cannot be kept here: %s", error)


def _write(path: Path, body: bytes) -> None:
    private_folder(path.parent)
    private_file(path)
    path.write_bytes(body)


def _read_teams(path: Path) -> dict[str, SettingsVersion]:
    try:
        told = json.loads(path.read_bytes())
        return {
            team: SettingsVersion(version, 0.0, None, "", _SETTINGS.validate_python(settings))
            for team, (version, settings) in told.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, ValidationError):
        return {}  # the centre tells it again
