"""The devices of a running `callcoach live`, tried and chosen from outside, on a sound server of our own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from tests.live.pulse import FAR, MIC, Pulse
from tests.live.test_live import Live
from tests.waiting import LIMIT_S, wait_until


def test_a_far_end_is_heard_on_trial_chosen_and_kept(pulse: Pulse, tmp_path: Path) -> None:
    settings = tmp_path / "callcoach.toml"
    settings.write_text("[capture]\nwait_ms = 90  # of this machine\n", encoding="utf-8")
    live = Live(pulse, tmp_path / "data", "--mic", MIC, "--far", "none", CALLCOACH_CONFIG=str(settings))
    tone = tmp_path / "tone.wav"
    soundfile.write(tone, 0.1 * np.sin(np.arange(48_000 * 20) / 10)[:, None] * [0, 1], 48_000)  # right: the far end
    playing = pulse.play(tone)

    def tried() -> dict[str, Any]:
        return {
            device["name"]: device for device in live.ask("POST", "/api/headset/trial", by=live.agent)[1]["devices"]
        }

    try:
        assert wait_until(lambda: (tried()[FAR]["level_dbfs"] or -100) > -40)
        assert tried()[MIC]["state"] in ("ok", "idle")  # of the desk's own capture
        status, chosen = live.ask("PUT", "/api/headset/devices", {"mic": MIC, "far": FAR}, by=live.agent)
        assert (status, chosen["kept_in"], chosen["fault"]) == (200, str(settings), "")
        wait_until(lambda: [line["state"] for line in live.headset()["lines"]][1] == "ok")
        assert tomllib.loads(settings.read_text(encoding="utf-8"))["capture"] == {
            "wait_ms": 90, "mic": MIC, "far": FAR,
        }  # fmt: skip

        call_id = live.ask("POST", "/api/calls", {})[1]["call_id"]
        assert live.events(call_id, "CallStarted")[0]["channels"] == ["agent", "customer"]
        assert live.ask("POST", "/api/headset/trial", by=live.agent)[0] == 409
        assert live.ask("PUT", "/api/headset/devices", {"mic": MIC, "far": "none"}, by=live.agent)[0] == 409
        live.ask("POST", f"/api/calls/{call_id}/end")
    finally:
        playing.kill()
        playing.wait(LIMIT_S)
        live.end()
