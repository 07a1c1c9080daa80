/** What the parts of the agent page share beside the view: the headset, its controls, and the page's own settings. */
import { inject, type InjectionKey, type Ref } from "vue"
import type { Control } from "./headset/useControl"
import type { DockNow } from "./dock/useDock"
import type { Facts } from "./facts/useFacts"
import type { Microphone } from "./microphone/useMicrophone"
import type { MiniWindow } from "./mini/useMiniWindow"
import type { Notice } from "./settings/useNotice"
import type { Nudge } from "./settings/useNudge"
import type { Playback } from "./score/usePlayback"
import type { HeadsetStatus, RecogniserStatus } from "../../api/http"
import type { CentreNow } from "../../call/centre"
import type { SignedIn } from "../../connection/useSession"

export interface Live {
  headset: Readonly<Ref<HeadsetStatus | null>>
  recogniser: Readonly<Ref<RecogniserStatus | null>>
  /** Null where this is no desk of a centre. */
  centre: Readonly<Ref<CentreNow | null>>
  control: Control
  /** What the lead says and hears, and help. */
  dock: DockNow
  /** Of this page, where the centre hears agents by theirs. */
  microphone: Microphone
  facts: Facts
  playback: Playback
  nudge: Nudge
  notice: Notice
  miniWindow: MiniWindow
  /** Whether somebody like who is signed in may do it for some call at least. */
  may: SignedIn["may"]
}

export const LIVE: InjectionKey<Live> = Symbol("live")

export function useLive(): Live {
  const live = inject(LIVE)
  if (!live) throw new Error("useLive outside the agent page")
  return live
}
