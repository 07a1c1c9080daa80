"""Prove that a training run which was cut off goes on as if it had not been.

    python models/demo/check_resume.py

Makes 40 clips, trains 8 steps at once, then 3 + 5 steps with everything thrown away in between, and compares
every loss and every weight bit by bit. About a minute.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from batches import load_clips
from train import Run, Settings, train

HERE = Path(__file__).resolve().parent
STEPS, CUT = 8, 3


def main() -> int:
    torch.set_num_threads(1)
    # The cut falls exactly on the border of two phases, the rest runs over the end of an epoch.
    settings = Settings(steps=STEPS, short_steps=CUT, warm_up_steps=4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_data = [sys.executable, str(HERE / "data.py"), "--out", str(folder), "--clips", "40", "--workers", "1"]
        subprocess.run(make_data, check=True)
        clips = load_clips(folder)
        for part in ("whole", "parts"):
            (folder / part).mkdir()
        whole = Run(folder / "whole", settings)
        at_once = train(clips, whole)
        in_parts = train(clips, Run(folder / "parts", settings), stop_after=CUT)
        resumed = Run(folder / "parts", settings)
        if resumed.step != CUT:
            print(f"resumed at step {resumed.step}, wanted {CUT}")
            return 1
        in_parts += train(clips, resumed)
    same_weights = all(torch.equal(a, b) for a, b in zip(whole.mean.values(), resumed.mean.values(), strict=True))
    print("at once :", " ".join(f"{x:.6f}" for x in at_once))
    print("in parts:", " ".join(f"{x:.6f}" for x in in_parts))
    print("same losses:", at_once == in_parts, "  same weights:", same_weights)
    return 0 if at_once == in_parts and same_weights else 1


if __name__ == "__main__":
    raise SystemExit(main())
