/** Texts of an agent's own calls. */
import type { OwnCounts } from "../../api/http"

export interface CallsTexts {
  title: string
  tabs: Record<keyof OwnCounts, string>
  /** Who else sees these calls. */
  seenBy: string
  none: Record<keyof OwnCounts, string>
  noneAtAll: string
  more: string
  loading: string
  choose: string
  notFound: string
  unknownCustomer: string
  noTime: string
  direction: Record<"inbound" | "outbound", string>
  practice: {
    title: string
    weeks: string
    week: (weeksAgo: number) => string
    missed: (of: number, missed: number) => string
    missedEarlier: (of: number, missed: number) => string
    say: (words: string) => string
    do: (order: string) => string
    handbook: (document: string, quote: string) => string
    example: string
    hear: (when: string) => string
    nothing: string
    nothingMore: (calls: number) => string
    few: (needed: number) => string
    fewMore: (calls: number) => string
  }
  /** What became of a call: a heading and a line below it. */
  row: {
    unscored: string
    unscoredMore: string
    automatic: string
    automaticMore: string
    reviewing: string
    toAnswer: (items: number) => string
    left: (span: string) => string
    comments: (count: number) => string
    appealed: string
    checked: string
    decided: string
    changed: string
    upheld: string
    upheldMore: string
    people: (total: string) => string
    both: (people: string, auto: string) => string
    accepted: string
    expired: string
    expiredMore: string
    reviewed: string
    nothingFound: string
  }
  assessed: (percent: number) => string
  /** What the share is. */
  assessedMore: string
  auto: string
  people: string
  pending: string
  notDrawn: string
  fatal: (count: number) => string
  until: (when: string) => string
  over: (when: string) => string
  play: string
  pause: string
  position: string
  youSaid: (words: string) => string
  customerSaid: (words: string) => string
  found: (what: string) => string
  accept: string
  acceptItem: (item: string) => string
  appeal: string
  appealItem: (item: string) => string
  shouldBe: string
  reason: string
  quote: string
  quoteMore: string
  quoteDone: string
  noQuotes: string
  unquote: (words: string) => string
  cancel: string
  send: string
  answered: Record<"accepted" | "appealed" | "checked" | "changed" | "upheld" | "expired", string>
  good: string
  rest: (items: number) => string
  restLess: string
  process: string
  listened: string
  listenedNone: string
  listenedHere: string
  scoring: string
  notScored: string
  keys: { rows: string; worst: string; items: string; evidence: string; accept: string; appeal: string; send: string; close: string }
  footKeys: { rows: string; worst: string; items: string; evidence: string }
  open: string
}
