import { expect, it } from "vitest"
import { filled, missing, remembered, settled } from "./facts"
import { bothLines, isReady } from "./headset"
import { started } from "./testing"

const FACTS = started().facts

it("shows what was told last", () => {
  expect(filled(FACTS, { company: "甲" }, { company: "乙", customer_name: null })).toEqual({
    direction: "inbound", company: "乙", agent_name: "", customer_name: "", recording_consent: false,
  })
  expect(filled(null, undefined)).toMatchObject({ direction: "inbound", company: "" })
})

it("makes an emptied field unknown, and trims a name", () => {
  const typed = { company: "  ", customer_name: " 李 ", recording_consent: true, direction: "outbound" } as const
  expect(settled(typed)).toEqual({ company: null, customer_name: "李", recording_consent: true, direction: "outbound" })
})

it("tells only what the call does not hold yet", () => {
  expect(missing({ company: FACTS.company, customer_name: "李" }, FACTS)).toEqual({ customer_name: "李" })
  expect(missing({ customer_name: "Ann " }, FACTS)).toEqual({ customer_name: "Ann " }) // the next word may follow
  expect(missing({ customer_name: " 张女士" }, FACTS)).toEqual({})
  expect(missing({ recording_consent: false }, { ...FACTS, recording_consent: true })).toEqual({ recording_consent: false })
})

it("keeps no customer and no consent on this computer", () => {
  const kept = JSON.stringify({ company: "甲", agent_name: "林", customer_name: "李", recording_consent: true, direction: "outbound" })
  expect(remembered(kept)).toEqual({ company: "甲" })
  expect([remembered(null), remembered("no json"), remembered('{"company":3}'), remembered("null")]).toEqual([{}, {}, {}, {}])
})

it("has both sides of a headset, the one without a device too", () => {
  const line = { channel: "agent", state: "idle", device: "USB", reason: "", since_s: 1, level_dbfs: null } as const
  const headset = { lines: [line], is_auto: false, facts: FACTS, call_id: null }
  const [agent, customer] = bothLines(headset)
  expect([agent.state, customer.state, customer.channel]).toEqual(["idle", "absent", "customer"])
  expect([isReady(agent), isReady({ ...customer, state: "idle" }), isReady(customer), isReady({ ...line, state: "ok" })]).toEqual([false, true, false, true])
})
