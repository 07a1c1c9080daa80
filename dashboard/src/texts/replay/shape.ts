/** Texts of the page on which a call is replayed. */
import type { Mute } from "../../call/sound"
import type { Sides } from "../../call/sides"

export interface ReplayTexts {
  title: string
  back: string
  nobody: string
  unknown: string
  direction: Record<"inbound" | "outbound", string>
  running: string
  toLive: string
  loading: string
  failed: (status: number) => string
  interrupted: (until: string) => string
  unread: (records: number) => string
  lane: { whole: string; hints: string; pace: string; paceUnit: string; pitch: string; pitchUnit: string; pitchWhat: string; flat: (low: string) => string; level: string; levelUnit: string; window: string; closer: string; wider: string; marks: string }
  silence: (seconds: number) => string
  announced: string
  lost: string
  muted: { short: string; why: string }
  /** What may be done with a chosen span. */
  chosenKeys: string
  overlap: string
  leadIn: string
  play: string
  pause: string
  backward: string
  forward: string
  sentences: string
  zoom: string
  speed: string
  loop: string
  /** What is taken for it. */
  loopWhat: string
  loopOff: string
  sides: Record<Sides, string>
  sidesLabel: string
  mute: Record<Mute, string>
  transcript: { title: string; hint: string; search: string; found: (at: number, of: number) => string; none: string; empty: string; erased: string; unknown: string }
  seen: { title: string; at: (time: string) => string; beyond: string; life: string; said: string; known: string; shown: string; notShown: string; put: string; outcome: string; later: (seconds: string) => string; paint: (ms: number) => string; none: string; over: string; pace: string; pitch: string; level: string; silent: string; seconds: string }
  card: { title: string; auto: string; people: string; none: string; assessed: (percent: number) => string; item: string; evidence: string; points: string; verdict: string; asAuto: string; notScored: string; handbook: string; play: (time: string) => string; groups: string; open: string; close: string; quiet: (unheard: number, none: number) => string; fold: string }
  keys: { play: string; second5: string; sentence: string; hint: string; speed: string; loop: string; zoom: string; item: string; evidence: string; search: string; back: string; card: string }
  print: { title: string; heading: string; back: string; print: string; when: string; rulebook: string; masked: string; open: string }
}
