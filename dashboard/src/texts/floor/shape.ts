/** What the floor says. */
import type { SoundProblem } from "../../floor/sound"
import type { Case } from "../../api/floor"
import type { Channel } from "../../api/events"
import type { Filter } from "../../floor/filter"
import type { State } from "../../floor/seat"

export interface FloorTexts {
  title: string
  filters: string
  filter: Record<Filter, string>
  allTeams: (teams: number) => string
  teams: string
  live: string
  ago: (seconds: string) => string
  staleAt: (time: string) => string
  reconnecting: string
  opening: string
  room: (percent: string) => string
  menu: string
  more: string
  wall: string
  wallOff: string
  plan: string
  day: string
  keys: string
  noTeam: string
  strip: { label: string; calls: string; callsUnit: string; silent: string; score: string; before: (score: string) => string; scored: (calls: number) => string; deleted: (calls: number) => string; followed: string; followedMore: string; inTime: string; inTimeMore: string; take: string; takeMore: (goal: string) => string; seconds: (s: string) => string; others: (n: number) => string; hour: (hour: number) => string }
  shelf: { title: string; how: string; empty: (agents: number) => string; emptyOnCall: (calls: number) => string; emptyMarked: (seats: number) => string; nobody: string; more: (n: number, names: string) => string; moreOne: (cause: string, name: string) => string; take: string; open: string; whisper: string; close: string; together: string; taken: (by: string) => string; tookS: (time: string) => string; away: string; listens: (names: string) => string; escalated: string; customer: (line: string, name?: string) => string; calm: string; hint: (say: string) => string }
  cause: Record<Case["cause"], string>
  step: (step: string) => string
  others: (words: string) => string
  unheeded: (count: number) => string
  help: Record<"superior" | "business" | "dialect" | "media", string>
  reason: Record<Exclude<Case["cause"], "blind">, string>
  blindReason: Record<Channel | "words", string>
  rank: Record<Case["rank"], string>
  state: Record<State, string>
  cannotHear: Record<Channel | "words", string>
  onlySound: { agent: string; customer: string; mixed: string; words: string }
  local: string
  inStep: (seconds: number) => string
  quietFor: (seconds: number) => string
  leftOf: (seconds: number) => string
  pastBy: (seconds: number) => string
  pace: { low: string; high: string; label: string; target: string }
  level: string
  listened: string
  seats: { title: string; how: string; under: (seats: number, cases: number) => string; none: string; count: (seats: number) => string; needs: (n: number) => string; fine: string; blank: string }
  rail: { label: string; alerts: string; record: string; close: string; none: string; goneAgent: string }
  alerts: { none: string; goal: (goal: string, median: string) => string; done: string; since: string; how: string; mine: string; away: (day: string) => string }
  open: { call: string; noCall: string; seesNow: string; sees: string; nothing: string; lanes: string; lanesNone: string; lag: string; steps: { asked: string; alert: string; taken: string; working: string; closed: string }; notTaken: string; closeTitle: string; closeWhich: string; closeWith: string; closeReason: string; closeNow: string; back: string }
  closeReasons: readonly string[]
  whisper: { title: string; how: string; field: string; most: (n: number) => string; send: string; seen: string; sent: string; ready: readonly string[]; tooLong: string }
  transfer: { ask: string; say: string; how: string }
  listen: { start: string; sure: string; sureMore: string; again: string; opening: string; on: string; late: (seconds: string) => string; seenByAgent: string; stop: string; problem: string; quiet: string; broken: string; because: Record<SoundProblem, string> }
  notDone: (why: string) => string
  /** By the status of the answer. */
  refused: { case: Readonly<Record<number, string>>; call: Readonly<Record<number, string>> }
  planPage: { title: string; how: string; save: string; saved: string; undo: string; unsaved: string; seat: (n: number) => string; free: string; up: string; moved: (name: string, n: number) => string; lifted: (name: string) => string; row: string; outdated: { by: (name: string, when: string, n: number) => string; people: (n: number) => string; what: string; theirs: string; mine: string }; keys: { lift: string; move: string; drop: string; back: string } }
  dayPage: { title: string; csv: string; when: string; who: string; what: string; since: string; tookAfter: string; lasted: string; by: string; reason: string; none: string; calm: string; because: Record<"ended" | "withdrawn", string>; open: string; cases: string; hours: string; hour: string; calls: string; silent: string; score: string; followed: string; inTime: string; take: string; all: string; service: string; deleted: (calls: number) => string; day: string; byCause: string; count: string; takenOf: string; lastedAll: string; lastedMost: string }
  cannot: { nobody: string; noCase: (name: string) => string; mine: (name: string) => string; others: (by: string) => string; noCall: (name: string) => string; listens: string; closing: string; slot: (key: string) => string; wall: string }
  does: { shelf: string; seats: string; open: string; take: string; close: string; listen: string; stop: string; send: string; filter: string; wall: string; alerts: string }
}
