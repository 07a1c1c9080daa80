/** Parts of the agent page on their own, for tests only. */
import { enableAutoUnmount, mount, type VueWrapper } from "@vue/test-utils"
import { computed, ref, type Component } from "vue"
import { afterEach, vi } from "vitest"
import type { HeadsetStatus, SideStatus } from "../../api/http"
import { filled } from "../../call/facts"
import { started } from "../../call/testing"
import { LIVE, type Live } from "./live"

enableAutoUnmount(afterEach)

export function headsetOf(agent: Partial<SideStatus>, customer: Partial<SideStatus> = {}): HeadsetStatus {
  const side = { state: "ok", device: "USB", reason: "", since_s: 3, level_dbfs: -40 } as const
  const lines = [{ ...side, channel: "agent" as const, ...agent }, { ...side, channel: "customer" as const, ...customer }]
  return { lines, is_auto: false, facts: started().facts, call_id: null, by: "machine", consent: "asked" }
}

/** What the parts of the page share: nothing runs, nothing was pressed, no headset. */
export function liveOf(change: Partial<Live> = {}): Live {
  const no = computed(() => false)
  return {
    headset: ref(null),
    recogniser: ref(null),
    centre: ref(null),
    control: { canStart: no, canEnd: no, busy: ref(""), isArmed: ref(false), problem: ref(null), start: vi.fn(), end: vi.fn(), press: vi.fn() },
    dock: { shown: computed(() => null), waiting: computed(() => 0), may: computed(() => true), press: vi.fn(), see: vi.fn(), because: vi.fn() },
    microphone: {
      isOffered: no,
      state: ref("off" as const),
      fault: ref(null),
      callId: ref(null),
      devices: ref([]),
      chosen: ref(""),
      heard: { agent: null, customer: null },
      canShare: true,
      open: vi.fn(),
      close: vi.fn(),
      takeOver: vi.fn(),
      choose: vi.fn(),
      share: vi.fn(),
    },
    facts: {
      form: computed(() => filled(started().facts)),
      isAgentFixed: no,
      consent: computed(() => "asked" as const),
      isDuring: no,
      state: ref(""),
      detail: ref(""),
      write: vi.fn(),
      commit: vi.fn(async () => {}),
      toSend: vi.fn(() => ({})),
      taken: vi.fn(),
    },
    playback: { state: ref("none"), because: ref("none"), playing: ref(""), toggle: vi.fn(), stop: vi.fn() },
    nudge: { sound: ref(false), vibration: ref(false), canVibrate: false, set: vi.fn() },
    notice: { isOn: ref(false), can: ref(false), set: vi.fn(async () => {}) },
    miniWindow: { state: ref("here"), toggle: vi.fn() },
    may: () => true,
    ...change,
  }
}

export function shown(component: Component, props: Record<string, unknown>, live: Live = liveOf()): VueWrapper {
  return mount(component, { props, global: { provide: { [LIVE as symbol]: live } }, attachTo: document.body })
}

export function at(wrapper: VueWrapper, testId: string): ReturnType<VueWrapper["find"]> {
  return wrapper.find(`[data-testid="${testId}"]`)
}

/** The texts in an element, one blank between two of them. */
export function textOf(wrapper: { element: Node }): string {
  const texts = document.createTreeWalker(wrapper.element, NodeFilter.SHOW_TEXT)
  const found: string[] = []
  while (texts.nextNode()) found.push(texts.currentNode.textContent?.trim() ?? "")
  return found.filter(Boolean).join(" ").replace(/\s+/g, " ")
}
