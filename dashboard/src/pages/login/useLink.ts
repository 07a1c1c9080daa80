/** The one-time link that led to the sign-in page. Its secret leaves the address at once and is kept by this tab alone. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue"
import { ask } from "../../api/ask"
import type { LinkStatus, Session } from "../../api/http"
import { whyNot } from "../../people/why"
import { useCountdown, type Countdown } from "../../ui/useCountdown"

export type LinkState = "none" | "looking" | "valid" | "expired" | "unknown" | "away"

export interface OneTimeLink {
  state: Ref<LinkState>
  told: ShallowRef<LinkStatus | null>
  /** 0 also where this computer's clock is wrong: the server alone knows when a link ends. */
  left_s: Countdown["left_s"]
  look: () => Promise<void>
  /** The session it opened; else what the server said: the status, and why in a line. */
  use: (given: { password: string; company?: string; name?: string; login?: string }) => Promise<Session | { status: number; why: string }>
}

const KEY = "callcoachLink"

export function useLink(): OneTimeLink {
  const secret = taken()
  const state = ref<LinkState>(secret ? "looking" : "none")
  const told = shallowRef<LinkStatus | null>(null)
  const { left_s, begin } = useCountdown(() => void look())

  async function look(): Promise<void> {
    if (state.value !== "valid") state.value = "looking"
    const reply = await ask("POST /api/links/look", { takes: { secret } })
    if (reply.status !== 200) return gone(reply.status)
    told.value = reply.body
    state.value = "valid"
    begin(reply.body.expires_at - Date.now() / 1000)
  }

  /** Used or expired, never known, or not to be told now. */
  function gone(status: number): void {
    state.value = status === 410 ? "expired" : status === 404 || status === 422 ? "unknown" : "away"
    if (state.value !== "away") forget()
  }

  async function use(given: Parameters<OneTimeLink["use"]>[0]): ReturnType<OneTimeLink["use"]> {
    const reply = await ask("POST /api/links/use", { takes: { secret, ...given } })
    if (reply.status === 200) {
      forget()
      return reply.body
    }
    if (reply.status === 410 || reply.status === 404) gone(reply.status)
    return { status: reply.status, why: whyNot(reply) }
  }

  if (secret) void look()
  return { state, told, left_s, look, use }
}

/** From the fragment of the address, which reaches no server and no log, or from before a reload of this tab. */
function taken(): string {
  const kept = (history.state ?? {}) as Record<string, unknown>
  const secret = decodeURIComponent(location.hash.slice(1)) || String(kept[KEY] ?? "")
  if (location.hash) history.replaceState({ ...kept, [KEY]: secret }, "", location.pathname + location.search)
  return secret
}

function forget(): void {
  history.replaceState({ ...(history.state as object), [KEY]: undefined }, "")
}
