/** Texts of the page where recordings become calls. */
import type { ImportJob } from "../../api/http"

type Why = NonNullable<ImportJob["reason"]>

export interface ImportTexts {
  title: string
  drop: string
  dropMore: (mb: number) => string
  choose: string
  release: string
  noTeam: string
  away: string
  step: string
  steps: readonly [string, string, string, string]
  left: string
  leftUnknown: string
  about: (n: number) => string
  unit: { minutes: string; seconds: string }
  ended: string
  none: string
  noneMore: string
  of: (n: number) => string
  count: { done: string; refused: string; running: string; waiting: string; unsent: string }
  state: { waiting: string; decoding: string; scoring: (percent: number) => string; done: string; known: string; refused: string; sending: string }
  open: string
  mayLeave: string
  mayNotLeave: string
  oneByOne: string
  names: string
  pattern: string
  patternMore: string
  fits: (fits: number, of: number) => string
  unknown: string
  team: string
  side: string
  left_: string
  right: string
  file: string
  date: string
  agent: string
  peer: string
  direction: string
  inbound: string
  outbound: string
  start: (n: number) => string
  clear: string
  bad: string
  badMore: string
  why: Record<Why, string>
  whyMore: Record<Why, string>
  whyUnsent: string
  takeBack: (name: string) => string
  again: string
  finished: string
  keys: { choose: string; start: string }
}
