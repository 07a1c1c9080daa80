/** The span of a call that somebody means: chosen on the lanes, looped, or the evidence or line where one is. */
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue"
import type { ScoreItem, Span, WordsHeard } from "../api/events"
import { spanKey } from "../call/sound"
import { speakerIn, type Lanes } from "./lanes"
import type { Sound } from "./useSound"
import type { Stretch } from "./window"

export interface ChosenSpan {
  /** Dragged over the lanes. */
  chosen: Ref<Stretch | null>
  /** The same, as a comment has it. */
  chosenSpan: ComputedRef<Span | null>
  /** What a comment would be on: what was chosen, the loop, else the line at the position. */
  span: ComputedRef<Span | null>
  /** Of the open item, the one heard last, else the first. */
  evidence: ComputedRef<Span | null>
  /** An evidence is heard. */
  hear: (evidence: Span) => void
  /** One goes to another place of the call. */
  leave: () => void
  choose: (stretch: Stretch) => void
  /** Whether there was something chosen. */
  clear: () => boolean
  toggleLoop: () => void
}

export function useSpan(sound: Sound, lanes: () => Lanes, lines: () => readonly WordsHeard[], item: () => ScoreItem | null): ChosenSpan {
  const chosen = ref<Stretch | null>(null)
  const heard = shallowRef<Span | null>(null)
  const isElsewhere = ref(false)
  // another item, not the same one read anew
  watch(
    () => item()?.rule,
    () => void (isElsewhere.value = false),
    { flush: "sync" },
  )
  const evidence = computed(() => {
    const spans = item()?.evidence ?? []
    return spans.find((span) => heard.value && spanKey(span) === spanKey(heard.value)) ?? spans[0] ?? null
  })
  const chosenSpan = computed(() => chosen.value && spanOf(chosen.value))
  const span = computed<Span | null>(() => {
    const at = sound.atMs.value
    if (chosenSpan.value) return chosenSpan.value
    if (sound.loop.value) return spanOf(sound.loop.value)
    const line = lines().findLast(({ start_ms }) => start_ms <= at)
    return line && at > 0 ? { channel: line.channel, start_ms: line.start_ms, end_ms: line.end_ms, quote: "", quote_en: "" } : null
  })

  function spanOf(stretch: Stretch): Span {
    return { channel: speakerIn(lanes(), stretch), start_ms: Math.round(stretch.startMs), end_ms: Math.round(stretch.endMs), quote: "", quote_en: "" }
  }

  function hear(span: Span): void {
    heard.value = span
    isElsewhere.value = false
  }

  function leave(): void {
    isElsewhere.value = true
  }

  function choose(stretch: Stretch): void {
    chosen.value = stretch
    if (sound.loop.value) sound.loop.value = stretch
    sound.seek(stretch.startMs)
  }

  function clear(): boolean {
    if (!chosen.value) return false
    sound.loop.value = chosen.value = null
    return true
  }

  function toggleLoop(): void {
    if (sound.loop.value) sound.loop.value = null
    else {
      const meant = chosenSpan.value ?? (isElsewhere.value ? null : evidence.value) ?? span.value
      if (!meant) return
      sound.loop.value = { startMs: meant.start_ms, endMs: meant.end_ms }
      sound.seek(meant.start_ms)
    }
  }

  return { chosen, chosenSpan, span, evidence, hear, leave, choose, clear, toggleLoop }
}
