/** The filters of the list as its address has them, and what they are called. Pure. */
import type { CallCounts } from "../../../api/http"
import { dateOf } from "../../../people/times"
import type { ListTexts } from "../../../texts/list/shape"

export type Query = Record<string, string | string[]>

/** Names in the address; those that may have several values. */
const MANY = ["team", "agent", "rule", "stage", "call"] as const
const ONE = ["since", "until", "score_from", "score_below", "longer_ms", "shorter_ms", "direction", "fatal", "marked", "words"] as const
export type Many = (typeof MANY)[number]
type One = (typeof ONE)[number]

export type Filters = { [name in Many]?: string[] } & { [name in One]?: string }

export function filtersOf(query: Record<string, unknown>): Filters {
  const filters: Filters = {}
  for (const name of MANY) {
    const values = [query[name]].flat().filter((value): value is string => typeof value === "string" && value !== "")
    if (values.length) filters[name] = values
  }
  for (const name of ONE) {
    const value = [query[name]].flat()[0]
    if (typeof value === "string" && value !== "") filters[name] = value
  }
  return filters
}

/** As a list's address is compared and kept: in one order. */
export function queryOf(filters: Filters): string {
  const query = new URLSearchParams()
  for (const name of MANY) [...(filters[name] ?? [])].sort().forEach((value) => query.append(name, value))
  for (const name of ONE) if (filters[name] !== undefined) query.append(name, filters[name])
  return query.toString()
}

export function toggled(filters: Filters, name: Many, value: string): Filters {
  const before = filters[name] ?? []
  const after = before.includes(value) ? before.filter((one) => one !== value) : [...before, value]
  return without({ ...filters, [name]: after }, after.length ? "" : name)
}

export function changed(filters: Filters, name: One, value: string): Filters {
  return without({ ...filters, [name]: value }, value ? "" : name)
}

function without(filters: Filters, name: string): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([one]) => one !== name))
}

/** As a saved view has them. */
export function parsed(query: string): Filters {
  const told = new URLSearchParams(query)
  return filtersOf(Object.fromEntries([...told.keys()].map((name) => [name, told.getAll(name)])))
}

export interface Chip {
  key: string
  label: string
  without: Filters
}

/** One for each filter that is set. */
export function chipsOf(filters: Filters, counts: CallCounts | null, texts: ListTexts, isEnglish: boolean): Chip[] {
  const chips: Chip[] = []
  const named = (rows: CallCounts["teams"] | undefined, id: string): string => {
    const row = rows?.find((one) => one.id === id)
    return row ? (isEnglish && row.name_en) || row.name : id
  }
  const labels: Record<Many, (value: string) => string> = {
    team: (value) => named(counts?.teams, value),
    agent: (value) => named(counts?.agents, value),
    rule: (value) => named(counts?.rules, value),
    stage: (value) => texts.stage[value as keyof ListTexts["stage"]] ?? value,
    call: () => texts.imported(filters.call?.length ?? 0),
  }
  for (const name of MANY) {
    if (name === "call" && filters.call) chips.push({ key: "call", label: labels.call(""), without: without(filters, "call") })
    else for (const value of filters[name] ?? []) chips.push({ key: `${name}:${value}`, label: labels[name](value), without: toggled(filters, name, value) })
  }
  const ones: Record<One, (value: string) => string> = {
    since: (value) => texts.from(dateOf(Number(value))),
    until: (value) => texts.upTo(dateOf(Number(value) - 1)),
    score_from: (value) => texts.scoreFrom(Number(value)),
    score_below: (value) => texts.scoreBelow(Number(value)),
    longer_ms: (value) => texts.longer(Number(value) / 60_000),
    shorter_ms: (value) => texts.shorter(Number(value) / 60_000),
    direction: (value) => texts.direction[value as "inbound"] ?? value,
    fatal: () => texts.fatal,
    marked: () => texts.marked,
    words: texts.words,
  }
  for (const name of ONE) if (filters[name] !== undefined) chips.push({ key: name, label: ones[name](filters[name]), without: without(filters, name) })
  return chips
}

/** Midnight of this day here, in seconds since 1970. */
export function midnightOf(at_s: number): number {
  const at = new Date(at_s * 1000)
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime() / 1000
}
