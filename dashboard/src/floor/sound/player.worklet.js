/** Plays pieces of two sides, agent left, customer right: from so much on, and never more than so much behind. */
class Player extends AudioWorkletProcessor {
  constructor(options) {
    super()
    const { begin, most, every } = options.processorOptions // frames
    Object.assign(this, { begin, most, every })
    this.pieces = []
    this.at = 0 // frames of the first piece that are played
    this.left = 0 // frames that wait
    this.isPlaying = false
    this.skipped = 0
    this.toTell = every
    this.port.onmessage = ({ data }) => this.take(data)
  }

  take({ takenMs, pcm }) {
    this.pieces.push({ takenMs, pcm, frames: pcm.length / 2 })
    this.left += pcm.length / 2
    if (this.left > this.most) this.skip(this.left - this.begin)
  }

  skip(frames) {
    this.skipped += frames
    this.left -= frames
    this.at += frames
    while (this.pieces.length && this.at >= this.pieces[0].frames) this.at -= this.pieces.shift().frames
  }

  process(_, [[left, right]]) {
    this.isPlaying = this.left > 0 && (this.isPlaying || this.left >= this.begin)
    for (let at = 0; at < left.length; at += 1) {
      if (this.isPlaying) this.play(left, right, at)
      if (--this.toTell === 0) this.tell(at)
    }
    return true
  }

  play(left, right, at) {
    const [{ pcm }] = this.pieces
    left[at] = pcm[2 * this.at] / 32768
    right[at] = pcm[2 * this.at + 1] / 32768
    this.skip(1)
    this.skipped -= 1
    if (this.left === 0) this.isPlaying = false // nothing comes: begin again with a reserve
  }

  /** When what is played now was taken; null while nothing is. */
  tell(at) {
    this.toTell = this.every
    const [piece] = this.pieces
    const takenMs = this.isPlaying ? piece.takenMs - ((piece.frames - this.at) * 1000) / sampleRate : null
    this.port.postMessage({ takenMs, atS: (currentFrame + at) / sampleRate, skipped: this.skipped })
  }
}

registerProcessor("player", Player)
