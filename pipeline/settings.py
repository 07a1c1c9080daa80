"""The settings of one call: every room's own, gathered. The rooms explain theirs; `config` reads them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from pipeline.asr.session.listener import AsrSettings
from pipeline.asr.text.pace import PaceSettings
from pipeline.audio.bleed import BleedSettings
from pipeline.audio.line.survey import LineSettings
from pipeline.audio.measures.level import LevelSettings
from pipeline.audio.measures.pitch import PitchSettings
from pipeline.audio.measures.syllables import SyllableSettings
from pipeline.audio.measures.variation import VariationSettings
from pipeline.audio.prompts import PromptSettings
from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.audio.voice.own_voice import OwnVoiceSettings
from pipeline.audio.voice.turns import TurnSettings
from pipeline.audio.voice.vad import VadSettings
from pipeline.overload import OverloadSettings
from pipeline.quantities import WindowMs


@dataclass(frozen=True, slots=True)
class CallSettings:
    """The settings of every room, gathered. `config` reads them; the rooms explain them."""

    line: LineSettings = field(default_factory=LineSettings)
    vad: VadSettings = field(default_factory=VadSettings)
    own_voice: OwnVoiceSettings = field(default_factory=OwnVoiceSettings)
    turns: TurnSettings = field(default_factory=TurnSettings)
    bleed: BleedSettings = field(default_factory=BleedSettings)
    turn_taking: TurnTakingSettings = field(default_factory=TurnTakingSettings)
    level: LevelSettings = field(default_factory=LevelSettings)
    pitch: PitchSettings = field(default_factory=PitchSettings)
    variation: VariationSettings = field(default_factory=VariationSettings)
    syllables: SyllableSettings = field(default_factory=SyllableSettings)
    asr: AsrSettings = field(default_factory=AsrSettings)
    pace: PaceSettings = field(default_factory=PaceSettings)
    prompts: PromptSettings = field(default_factory=PromptSettings)
    overload: OverloadSettings = field(default_factory=OverloadSettings)
    lost_ms: WindowMs = 1_000  # without data for so long the screen says "coach blind"
    measure_every_ms: WindowMs = 500  # pace, pitch and level while speaking

    def digest(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]
