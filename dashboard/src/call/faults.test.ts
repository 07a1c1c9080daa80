import { describe, expect, it } from "vitest"
import type { CaptureMeasured, Event } from "../api/events"
import { faultsOf, isLasting, isPatched, MUTED_MS, notesOf, recordingOf } from "./faults"
import { reduce } from "./reduce"
import { CALL, measured, recording, records, started, stopped, viewOf } from "./testing"
import { emptyView } from "./view"

describe("faults", () => {
  it("lists what is limited, the worst first", () => {
    const events: Event[] = [
      started({ engine: "none" }),
      { kind: "StageFailed", at_ms: 5, stage: "store", reason: "disk full", cause: "full" },
      stopped("disk_full"),
      { kind: "ChannelLost", at_ms: 2000, channel: "agent", start_ms: 1000 },
    ]
    const faults = faultsOf(viewOf(events), 9000, true)
    expect(faults.map((fault) => fault.what)).toEqual(["offline", "lost", "recording", "no_words", "stage"])
    expect(faults.map(isLasting)).toEqual([false, false, true, true, true])
    const over: Event[] = [...events, { kind: "CallEnded", actor: null, at_ms: 3000, reason: "finished" }]
    expect(faultsOf(viewOf(over), 9000, false).map((fault) => fault.what)).toEqual(["unkept"])
  })

  it("asks after a while whether the microphone is muted, counting from the first zero", () => {
    const view = viewOf([started(), measured(0), measured(1000, { heard: "idle" }), measured(4000, { heard: "idle", late_ms: 60 })])
    expect(faultsOf(view, 1000 + MUTED_MS - 1, false)).toEqual([])
    expect(faultsOf(view, 1000 + MUTED_MS, false)).toEqual([{ what: "muted", sinceMs: 1000 }])
    expect(faultsOf(reduce(view, { call_id: CALL, seq: 9, event: measured(7000) }), 9000, false)).toEqual([])
    const far = viewOf([started(), measured(0, { channel: "customer", heard: "idle" })])
    expect(faultsOf(far, 60_000, false)).toEqual([]) // nothing played is no fault
  })

  it("does not ask for the mute key of a microphone that is lost", () => {
    const events = [started(), measured(0, { heard: "idle" }), { kind: "ChannelLost", at_ms: 9000, channel: "agent", start_ms: 8000 } as Event]
    expect(faultsOf(viewOf(events), 9000, false).map((fault) => fault.what)).toEqual(["lost"])
  })
})

describe("what is only worth a word", () => {
  it("stands behind sound that comes late", () => {
    const noted: Event = { kind: "BleedNoted", at_ms: 10, channel: "agent", lag_ms: 30, gain_db: -20, is_copy: false }
    expect(notesOf(viewOf([started(), noted, measured(20, { late_ms: 1240 })])).map(({ what }) => what)).toEqual(["late", "bleed"])
  })

  it("is sound with silence put in, or sound left out", () => {
    const patched = (change: Partial<CaptureMeasured>): boolean => isPatched(viewOf([started(), measured(0, change)]).capture.agent)
    expect([patched({}), patched({ inserted_ms: 20 }), patched({ dropped_ms: 20 }), isPatched(undefined)]).toEqual([false, true, true, false])
  })
})

describe("the recording's mark", () => {
  it("follows consent, and says nothing in a demo", () => {
    expect(recordingOf(emptyView())).toBe("none")
    expect(recordingOf(viewOf([started()]))).toBe("none")
    expect(recordingOf(viewOf([started(), measured(0)]))).toBe("off")
    expect(recordingOf(viewOf([started(), measured(0), recording]))).toBe("on")
    expect(recordingOf(viewOf([started(), recording, stopped("withdrawn")]))).toBe("deleted")
    expect(recordingOf(viewOf([started(), recording, stopped("failed")]))).toBe("stopped")
    expect(recordingOf(viewOf([started(), recording, stopped("withdrawn"), { ...recording, at_ms: 260_000 }]))).toBe("on")
    expect(recordingOf(viewOf([started(), recording, { kind: "CallEnded", actor: null, at_ms: 300_000, reason: "finished" }]))).toBe("none")
  })

  it("is the same however often the records come", () => {
    const all = records([started(), measured(0), recording, measured(900, { heard: "idle" }), stopped("disk_full")])
    const once = all.reduce(reduce, emptyView(CALL))
    expect(all.reduce(reduce, once)).toEqual(once)
    expect(once.recording).toEqual({ state: "disk_full", fromMs: 100, stoppedMs: 252_000, detail: "no space" })
  })
})
