import { expect, it } from "vitest"
import { seekingIn } from "./seeking"

/** A media element whose seeks end when the test says so. */
class Media extends EventTarget {
  seeking = false
  sought: number[] = []
  set currentTime(s: number) {
    this.sought.push(s)
    this.seeking = true
  }
  ends(): void {
    this.seeking = false
    this.dispatchEvent(new Event("seeked"))
  }
}

function start(): [Media, ReturnType<typeof seekingIn>] {
  const media = new Media()
  return [media, seekingIn(media as unknown as HTMLMediaElement)]
}

it("overtakes no seek: the last place asked for is gone to when the running one has ended", () => {
  const [media, seeking] = start()
  for (const ms of [1000, 2000, 3000]) seeking.to(ms)
  expect([media.sought, seeking.isWaiting()]).toEqual([[1], true])
  media.ends()
  expect([media.sought, seeking.isWaiting()]).toEqual([[1, 3], false])
  media.ends()
  expect(media.sought).toEqual([1, 3])
})

it("goes nowhere in a sound that was taken away", () => {
  const [media, seeking] = start()
  seeking.to(1000)
  seeking.to(2000)
  seeking.forget()
  media.ends()
  expect([media.sought, seeking.isWaiting()]).toEqual([[1], false])
})
