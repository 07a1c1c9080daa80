/** Another place of a sound, one seek at a time: Chromium may never end a seek that another overtakes, and plays no further then. */

export interface Seeking {
  /** There at once, or when the seek that runs has ended; of several that wait the last counts. */
  to: (ms: number) => void
  /** While one waits, the sound is elsewhere. */
  isWaiting: () => boolean
  /** The sound was taken away: what waits is off. */
  forget: () => void
}

export function seekingIn(media: HTMLMediaElement): Seeking {
  let wantedMs: number | null = null
  media.addEventListener("seeked", () => {
    if (wantedMs === null) return
    media.currentTime = wantedMs / 1000
    wantedMs = null
  })
  return {
    to: (ms) => {
      if (media.seeking) wantedMs = ms
      else media.currentTime = ms / 1000 // kept until the head of the file has come
    },
    isWaiting: () => wantedMs !== null,
    forget: () => void (wantedMs = null),
  }
}
