"""Train the demo model on one CPU thread; it can be cut off at any time and goes on where it was.

    python models/demo/train.py --data DIR --run DIR [--steps 6450] [--minutes 60] [--start MODEL --rate 5e-4]

Deterministic: step N draws its numbers from (seed, N), so weights, optimiser and position are all a
checkpoint needs (check_resume.py proves it). `--minutes` bounds the CPU time of all parts together.
`--start`: a converted model, whose weights are where this run begins.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
import vocabulary
from batches import IGNORED, Batch, Clip, load_clips, make_batch, plan, syllables
from model import Recogniser, Shape
from shipped import read_weights
from torch import Tensor

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Settings:
    steps: int = 6450
    minutes: float = 60.0  # CPU time, all parts together
    seed: int = 5
    rate: float = 1.5e-3
    muon_rate: float = 3.0  # times that for the matrices inside the layers
    warm_up_steps: int = 150
    # The rate stays up, then falls to nothing over this share of the steps: so an early checkpoint is usable.
    fall_share: float = 0.45
    frames: int = 6400  # of 10 ms in a batch, with padding
    short_steps: int = 400  # short clips only, until the encoder has found the characters
    smoothing: float = 0.05
    frame_weight: float = 0.5
    pointing_weight: float = 0.2
    empty_weight: float = 0.3  # of the share of attention that padding gets
    average: float = 0.995  # of the running mean of the weights, which is what gets converted
    save_every: int = 100
    bf16: bool = True  # bfloat16 autocast: several times faster where the CPU has AMX or AVX512-BF16


def rate_at(step: int, settings: Settings) -> float:
    """Learning rate: a short climb, a plateau, a fall shaped like 1 - sqrt."""
    climb = min(1.0, (step + 1) / settings.warm_up_steps)
    fall_from = settings.steps * (1 - settings.fall_share)
    done = max(0.0, (step - fall_from) / max(1.0, settings.steps - fall_from))
    return settings.rate * climb * max(0.01, 1 - done**0.5 if done < 1 else 0.0)


def phase_at(step: int, settings: Settings) -> str:
    """Which clips are drawn at this step; see batches.plan."""
    return "short" if step < settings.short_steps else "all"


def losses(model: Recogniser, batch: Batch, settings: Settings) -> dict[str, Tensor]:
    """Cross-entropy of the text, of syllable and tone per frame, how far the pointing heads point astray, and how much
    of the attention goes to empty frames."""
    frames = batch.syllable.shape[1]
    with torch.autocast("cpu", torch.bfloat16) if settings.bf16 else contextlib.nullcontext():
        heard, to_empty = model.encoder(batch.mel, batch.window)
        logits, pointing, asked_empty = model.decoder(batch.tokens, heard, batch.window)
        here = batch.syllable.flatten() != IGNORED
        near = heard[:, :frames].flatten(0, 1)[here]
        sounds, tones = model.syllable_head(near), model.tone_head(near)
    asked = batch.wanted.flatten() != IGNORED
    text = F.cross_entropy(
        logits.flatten(0, 1)[asked].float(), batch.wanted.flatten()[asked], label_smoothing=settings.smoothing
    )
    frame = F.cross_entropy(sounds.float(), batch.syllable.flatten()[here])
    frame = frame + 0.5 * F.cross_entropy(tones.float(), batch.tone.flatten()[here])
    return {"text": text, "frame": frame, "pointing": _astray(pointing, batch.pointed), "empty": to_empty + asked_empty}


def _astray(pointing: Tensor, pointed: Tensor) -> Tensor:
    """Mean of -log of the attention that falls on the frames of the character, where there is one."""
    at = torch.arange(pointing.shape[2])
    inside = (at >= pointed[..., :1]) & (at < pointed[..., 1:])
    spoken = pointed[..., 1] > 0
    return -((pointing * inside).sum(-1)[spoken] + 1e-4).log().mean()


def _optimisers(model: Recogniser) -> tuple[torch.optim.AdamW, torch.optim.Muon]:
    """Muon (Jordan et al. 2024; Liu et al. 2025) for the matrices inside the layers, AdamW for everything else.

    Tried beside AdamW for all: text loss 3.1 against 4.2 after 165 CPU seconds.
    """
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    inner = {name: p for name, p in trained.items() if ".layers." in name and p.ndim == 2}
    rest = [p for name, p in trained.items() if name not in inner]
    adamw = torch.optim.AdamW(rest, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.01, foreach=True)
    return adamw, torch.optim.Muon(list(inner.values()), weight_decay=0.01, adjust_lr_fn="match_rms_adamw")


class Run:
    """Weights, optimiser and position; made fresh or read back from ``folder``."""

    def __init__(self, folder: Path, settings: Settings, start: Path | None = None) -> None:
        self.folder, self.settings = folder, settings
        torch.manual_seed(settings.seed)
        self.model = Recogniser(Shape(vocabulary.SIZE, len(syllables()[0]) + 1))
        if start:
            aids = self.model.load_state_dict(read_weights(start), strict=False)
            if aids.unexpected_keys or any("_head." not in name for name in aids.missing_keys):
                raise ValueError(f"{start} is of another shape: {aids}")
        self.optimisers = _optimisers(self.model)
        self.mean = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.step = self.epoch = self.batch = 0
        self.cpu_s = 0.0
        if (folder / CHECKPOINT).exists():
            saved: dict[str, Any] = torch.load(folder / CHECKPOINT, weights_only=True)
            self.model.load_state_dict(saved["model"])
            for optimiser, state in zip(self.optimisers, saved["optimisers"], strict=True):
                optimiser.load_state_dict(state)
            self.mean = saved["mean"]
            self.step, self.epoch, self.batch, self.cpu_s = saved["position"]

    def save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "mean": self.mean,
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "position": (self.step, self.epoch, self.batch, self.cpu_s),
        }
        part = self.folder / f"{CHECKPOINT}.part"
        torch.save(state, part)
        part.replace(self.folder / CHECKPOINT)  # never half a checkpoint, whenever we are killed

    def learn(self, batch: Batch) -> dict[str, float]:
        """One step; returns the losses before it."""
        rate = rate_at(self.step, self.settings)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate * (self.settings.muon_rate if isinstance(optimiser, torch.optim.Muon) else 1)
        parts = losses(self.model, batch, self.settings)
        total = parts["text"] + self.settings.frame_weight * parts["frame"]
        total = total + self.settings.pointing_weight * parts["pointing"] + self.settings.empty_weight * parts["empty"]
        self.model.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        keep = min(self.settings.average, (1 + self.step) / (10 + self.step))
        state = self.model.state_dict()
        torch._foreach_lerp_([self.mean[k] for k in state], list(state.values()), 1 - keep)
        return {name: float(value.detach()) for name, value in parts.items()}


def train(clips: list[Clip], run: Run, stop_after: int | None = None) -> list[float]:
    """Go on until all steps are done, the CPU minutes are used up, or ``stop_after`` steps of this part.

    Returns the text loss of each step taken.
    """
    settings, began, before_s = run.settings, time.process_time(), run.cpu_s
    lengths = np.array([len(c.mel) for c in clips])
    recent: list[dict[str, float]] = []
    history: list[float] = []
    with (run.folder / "log.jsonl").open("a", encoding="utf-8") as log:
        while run.step < settings.steps:
            phase = phase_at(run.step, settings)
            batches = plan(lengths, settings.seed, run.epoch, phase, settings.frames)
            while run.batch < len(batches):
                chosen = [clips[i] for i in batches[run.batch]]
                recent.append(run.learn(make_batch(chosen, clips, settings.seed, run.step)))
                history.append(recent[-1]["text"])
                run.batch += 1
                # Before a checkpoint can be written, so that a resumed run is never in an epoch of the old phase.
                if run.batch == len(batches) or phase_at(run.step, settings) != phase:
                    run.epoch, run.batch, batches = run.epoch + 1, 0, []
                run.cpu_s = before_s + time.process_time() - began
                if run.step % 20 == 0:
                    print(json.dumps(_log_line(run, recent)), file=log, flush=True)
                    recent.clear()
                over = run.cpu_s > settings.minutes * 60 or len(history) == stop_after or run.step >= settings.steps
                if over or run.step % settings.save_every == 0:
                    run.save()
                if over:
                    return history
    return history


def _log_line(run: Run, recent: list[dict[str, float]]) -> dict[str, float]:
    mean = {name: round(float(np.mean([r[name] for r in recent])), 4) for name in recent[0]}
    return {
        "step": run.step,
        "epoch": run.epoch,
        **mean,
        "rate": round(rate_at(run.step, run.settings), 7),
        "cpu_s": round(run.cpu_s),
    }


def keep_memory() -> None:
    """Ask glibc to reuse freed memory: giving tens of megabytes back on every step costs more than the arithmetic."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        for option, value in ((-3, 32 << 20), (-1, (1 << 31) - 1), (-2, 256 << 20)):  # mmap, trim, top pad
            libc.mallopt(option, value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--minutes", type=float, default=Settings.minutes)
    parser.add_argument("--start", type=Path)
    for name in ("seed", "rate", "frames", "short_steps"):
        default = getattr(Settings, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    args = parser.parse_args()
    torch.set_num_threads(1)
    keep_memory()
    args.run.mkdir(parents=True, exist_ok=True)
    settings = Settings(**{f.name: getattr(args, f.name) for f in fields(Settings) if hasattr(args, f.name)})
    run = Run(args.run, settings, args.start)
    train(load_clips(args.data), run)
    print(f"step {run.step} of {settings.steps}, {run.cpu_s / 60:.1f} CPU minutes")


if __name__ == "__main__":
    main()
