/** Hands on what one side hears as blocks of int16, each with the frame of its first sample: missing ones are a gap. */
class Capture extends AudioWorkletProcessor {
  constructor(options) {
    super()
    this.size = options.processorOptions.samples
    this.begin()
  }

  begin() {
    this.pcm = new Int16Array(this.size)
    this.filled = 0
  }

  process([channels]) {
    if (!channels.length) {
      this.filled = 0
      return true
    }
    for (let at = 0; at < channels[0].length; at += 1) {
      let sample = 0
      for (const channel of channels) sample += channel[at]
      this.take(currentFrame + at, sample / channels.length)
    }
    return true
  }

  take(frame, sample) {
    if (this.filled === 0) this.frame = frame
    this.pcm[this.filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)))
    this.filled += 1
    if (this.filled < this.size) return
    this.port.postMessage({ frame: this.frame, pcm: this.pcm }, [this.pcm.buffer])
    this.begin()
  }
}

registerProcessor("capture", Capture)
