/** What the parts of the agent page share beside the view: the headset, its controls, and the page's own settings. */
import { inject, type InjectionKey, type Ref } from "vue"
import type { Control } from "./composables/useControl"
import type { Facts } from "./composables/useFacts"
import type { MiniWindow } from "./composables/useMiniWindow"
import type { Nudge } from "./composables/useNudge"
import type { Playback } from "./composables/usePlayback"
import type { Headset } from "./headset"

export interface Live {
  headset: Readonly<Ref<Headset | null>>
  control: Control
  facts: Facts
  playback: Playback
  nudge: Nudge
  miniWindow: MiniWindow
}

export const LIVE: InjectionKey<Live> = Symbol("live")

export function useLive(): Live {
  const live = inject(LIVE)
  if (!live) throw new Error("useLive outside the agent page")
  return live
}
