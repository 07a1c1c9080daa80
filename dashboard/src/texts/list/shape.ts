/** Texts of the list of calls. */
export interface ListTexts {
  title: string
  search: string
  views: string
  own: string
  usual: { all: string; today: string; todo: string; fatal: string; low: string; appealed: string; marked: string }
  changed: string
  saveView: string
  viewName: string
  save: string
  cancel: string
  removeView: (name: string) => string
  teams: string
  agents: string
  rules: string
  stages: string
  directions: string
  scores: string
  unscored: string
  direction: Record<"inbound" | "outbound", string>
  since: string
  until: string
  length: string
  minutes: string
  longer: (minutes: number) => string
  shorter: (minutes: number) => string
  from: (day: string) => string
  upTo: (day: string) => string
  scoreBelow: (points: number) => string
  scoreFrom: (points: number) => string
  words: (words: string) => string
  fatal: string
  marked: string
  imported: (calls: number) => string
  without: (name: string) => string
  total: (calls: number) => string
  mean: (points: string) => string
  fatals: (calls: number) => string
  filters: string
  todo: (calls: number) => string
  hidden: string
  legend: { agent: string; customer: string; silence: string; warning: string; critical: string }
  column: { score: string; agent: string; customer: string; start: string; length: string; strip: string; problem: string; state: string }
  order: Record<"latest" | "lowest" | "longest", string>
  assessed: (percent: number) => string
  notScored: string
  nobody: string
  unknown: string
  running: string
  good: (title: string) => string
  others: (titles: string, more: number) => string
  toConfirm: string
  confirmedOrNot: string
  noProblem: string
  held: string
  mark: string
  unmark: string
  open: (name: string, time: string) => string
  play: string
  playProblem: string
  stop: string
  stage: Record<"none" | "reviewing" | "to_answer" | "to_check" | "to_decide" | "done", string>
  /** The same in a narrow column, in two lines. */
  stageShort: ListTexts["stage"]
  stageMore: Record<"to_check" | "to_decide", string>
  by: (name: string, points: string) => string
  comments: (n: number) => string
  empty: string
  emptyMore: string
  nothing: string
  tryWithout: (name: string, calls: number) => string
  clear: string
  loading: string
  more: string
  shown: (shown: number, total: number | null) => string
  took: (ms: number) => string
  nextCall: string
  export: string
  preview: string
  groups: string
  keys: { rows: string; open: string; play: string; next: string; mark: string; search: string }
}
