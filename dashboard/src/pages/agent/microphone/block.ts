/** Blocks of sound as `/ws/agent/audio` takes them (pipeline/server/audio_messages.py), and how loud they are. */
import type { HeardSide } from "../../../api/audio"

export type Side = HeardSide["channel"]
export const SIDES: readonly Side[] = ["agent", "customer"]

export interface Block {
  frame: number
  pcm: Int16Array
}

/** Of a rate that a browser may choose itself, so that a block fits into a message of 4 KiB. */
export const RATE_HZ = 16_000
const BLOCK_S = 0.06
const MOST_SAMPLES = 2000
const HEAD_BYTES = 12
/** The level is that of the last second. */
const LEVEL_S = 1

export function samplesOf(rateHz: number): number {
  return Math.min(MOST_SAMPLES, Math.round(BLOCK_S * rateHz))
}

export function messageOf(side: Side, { frame, pcm }: Block): ArrayBuffer {
  const message = new ArrayBuffer(HEAD_BYTES + 2 * pcm.length)
  const view = new DataView(message)
  view.setUint32(0, SIDES.indexOf(side), true)
  view.setBigUint64(4, BigInt(frame), true)
  pcm.forEach((sample, at) => view.setInt16(HEAD_BYTES + 2 * at, sample, true))
  return message
}

/** RMS of the last second in dBFS, null for digital silence. */
export class Loudness {
  private readonly squares: number[] = []
  private readonly most: number

  constructor(rateHz: number) {
    this.most = Math.round((LEVEL_S * rateHz) / samplesOf(rateHz))
  }

  feed(pcm: Int16Array): void {
    this.squares.push(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length)
    if (this.squares.length > this.most) this.squares.shift()
  }

  get dbfs(): number | null {
    const mean = this.squares.reduce((sum, square) => sum + square, 0) / Math.max(1, this.squares.length)
    return mean > 0 ? Math.max(-200, 10 * Math.log10(mean / 32768 ** 2)) : null
  }
}
