/** The facts of a call a person may tell, and what of them may outlive it. Pure. */
import type { CallFacts } from "../api/events"

export type Told = Partial<Pick<CallFacts, "direction" | "company" | "agent_name" | "customer_name" | "recording_consent">>
export type Field = keyof Told

/** Same for the next call. A customer's name or consent never is, and the agent's is that of whoever is signed in. */
export const REMEMBERED = ["company"] as const

export interface Filled {
  direction: CallFacts["direction"]
  company: string
  agent_name: string
  customer_name: string
  recording_consent: boolean
}

/** What the form shows: what was told last wins. */
export function filled(...layers: (Partial<CallFacts> | null | undefined)[]): Filled {
  const facts = Object.assign({}, ...layers) as Partial<CallFacts>
  return {
    direction: facts.direction ?? "inbound",
    company: facts.company ?? "",
    agent_name: facts.agent_name ?? "",
    customer_name: facts.customer_name ?? "",
    recording_consent: facts.recording_consent === true,
  }
}

/** What was typed, as it is sent: without blanks around it, and unknown when it is empty. */
export function settled(typed: Told): Told {
  const tidy = (value: unknown): unknown => (typeof value === "string" ? value.trim() || null : value)
  return Object.fromEntries(Object.entries(typed).map(([field, value]) => [field, tidy(value)])) as Told
}

/** Of what was typed, what the call's facts do not hold yet; still as it was typed. */
export function missing(typed: Told, facts: CallFacts | null): Told {
  const sent = settled(typed)
  const isNew = (field: Field): boolean => facts === null || facts[field] !== sent[field]
  return Object.fromEntries(Object.entries(typed).filter(([field]) => isNew(field as Field))) as Told
}

/** What this computer keeps: nothing but the fields of REMEMBERED, and only texts. */
export function remembered(text: string | null): Told {
  try {
    const kept = JSON.parse(text ?? "{}") as Record<string, unknown>
    return Object.fromEntries(REMEMBERED.flatMap((name) => (typeof kept[name] === "string" && kept[name] ? [[name, kept[name]]] : [])))
  } catch {
    return {}
  }
}
