/** A piece of a running call's sound as `/ws/calls/{id}/sound` sends it (pipeline/server/sound_messages.py). Pure. */

export interface Piece {
  /** When its last sample was taken, in ms since 1970 by the centre's clock. */
  takenMs: number
  /** The call's time of its first sample. */
  startMs: number
  rateHz: number
  /** Agent and customer in turn. */
  pcm: Int16Array
}

const HEAD_BYTES = 16

export function pieceOf(bytes: ArrayBuffer): Piece {
  const view = new DataView(bytes)
  const pcm = new Int16Array((bytes.byteLength - HEAD_BYTES) >> 1)
  for (let at = 0; at < pcm.length; at += 1) pcm[at] = view.getInt16(HEAD_BYTES + 2 * at, true)
  return { takenMs: view.getFloat64(0, true), startMs: view.getUint32(8, true), rateHz: view.getUint32(12, true), pcm }
}
