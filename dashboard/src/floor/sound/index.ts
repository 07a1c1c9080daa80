/** Listening to a running call. */
import { openSoundWith, type Heard, type Sound } from "./player"
import workletUrl from "./player.worklet.js?url"

export type { Heard, Sound, SoundProblem } from "./player"

export function openSound(callId: string, told: (heard: Heard) => void): Sound {
  return openSoundWith(workletUrl, callId, told)
}
