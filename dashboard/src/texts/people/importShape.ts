/** Texts of the page where recordings become calls. */
import type { ImportJob } from "../../api/http"

type TableFaultKind = "no_file_column" | "unknown_column" | "column_twice" | "no_name" | "name_twice" | "too_many_cells" | "quote"

type Why = NonNullable<ImportJob["reason"]>

export interface ImportTexts {
  title: string
  drop: string
  dropMore: (mb: number) => string
  choose: string
  chooseFolder: string
  release: string
  total: (files: number, mb: string) => string
  ways: readonly { title: string; more: string }[]
  notHere: string
  moreFiles: (n: number) => string
  noTeam: string
  away: string
  step: string
  steps: readonly [string, string, string, string]
  left: string
  leftUnknown: string
  about: (n: number) => string
  unit: { minutes: string; seconds: string }
  ended: string
  seeScored: (calls: number) => string
  of: (n: number) => string
  count: { done: string; bad: string; known: string; running: string; waiting: string; unsent: string }
  state: { waiting: string; ahead: (n: number) => string; decoding: string; scoring: (percent: number) => string; done: string; known: string; elsewhere: string; unscored: string; refused: string }
  open: string
  mayLeave: string
  mayNotLeave: string
  oneByOne: string
  others: (n: number) => string
  pause: string
  resume: string
  paused: string
  clearAll: string
  clearSure: string
  full: string
  names: string
  pattern: string
  patternMore: string
  fields: Record<"date" | "time" | "agent" | "peer" | "direction" | "team" | "any", string>
  insert: (what: string) => string
  fits: (fits: number, of: number) => string
  unknown: string
  unknownMany: (n: number) => string
  unknownAll: (n: number) => string
  nobody: string
  nobodyMany: (n: number) => string
  elsewhere: string
  elsewhereMany: (n: number) => string
  wrongCell: (column: string) => string
  wrongMany: (n: number) => string
  table: string
  tableMore: string
  tableChoose: string
  tableEmpty: string
  tableName: string
  tableTold: (lines: number, files: number) => string
  tableAway: string
  tableAlone: string
  tableFault: Record<TableFaultKind, (line: number, value: string) => string>
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
  soFar: { title: string; calls: (n: number) => string; wait: string; mean: string; toConfirm: string; assessed: string; mixed: string; lowest: string }
  bad: string
  badMore: string
  why: Record<Why, string>
  whyMore: Record<Why, string>
  whyUnsent: string
  whyEmpty: string
  /** By the status of an answer that has no reason of its own. */
  unsentBy: Readonly<Record<number, string | undefined>>
  takeBack: (name: string) => string
  again: string
  another: string
  keys: { choose: string; start: string }
}
