/** What the browser lets a page hear: a microphone, and a tab or the system where it is shared. */
import { samplesOf, RATE_HZ, type Block } from "./block"
import workletUrl from "./capture.worklet.js?url"

/** Why nothing is heard: `texts.live.microphone.fault` says it, and what to do. */
export type SoundFault = "insecure" | "unsupported" | "refused" | "no_device" | "in_use" | "gone" | "asleep" | "not_shared" | "failed"

export class NotHeard extends Error {
  constructor(readonly fault: SoundFault) {
    super(fault)
  }
}

/** Nothing is to be made quieter, louder or cleaner: the coach measures what was said. */
const AS_IT_IS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }

export function soundFault(): SoundFault | null {
  if (!window.isSecureContext || !navigator.mediaDevices) return "insecure"
  return "AudioWorkletNode" in window ? null : "unsupported"
}

export function canShare(): boolean {
  return window.isSecureContext && "getDisplayMedia" in (navigator.mediaDevices ?? {})
}

export async function microphone(deviceId: string): Promise<MediaStream> {
  const wanted = (id: string): MediaTrackConstraints => ({ ...AS_IT_IS, ...(id ? { deviceId: { exact: id } } : {}) })
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: wanted(deviceId) })
  } catch (error) {
    // A device that was chosen once and is not there now: the system's own.
    if (deviceId && nameOf(error) === "OverconstrainedError") return microphone("")
    throw new NotHeard(faultOf(nameOf(error)))
  }
}

/** A tab or the system: browsers share sound only beside a picture, which goes at once. */
export async function shared(): Promise<MediaStream | null> {
  let stream: MediaStream
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({ audio: { ...AS_IT_IS, suppressLocalAudioPlayback: false } as MediaTrackConstraints, video: true })
  } catch (error) {
    if (nameOf(error) === "NotAllowedError") return null // called off
    throw new NotHeard("not_shared")
  }
  if (!stream.getAudioTracks().length) {
    stop(stream)
    throw new NotHeard("not_shared")
  }
  return stream
}

export function stop(stream: MediaStream): void {
  stream.getTracks().forEach((track) => track.stop())
}

/** Microphones; without names before one was allowed. */
export async function microphones(): Promise<MediaDeviceInfo[]> {
  const found = await navigator.mediaDevices.enumerateDevices()
  return found.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId)
}

/** One clock for all sides of a page. */
export class Ears {
  private constructor(readonly context: AudioContext) {}

  static async open(): Promise<Ears> {
    const context = newContext()
    try {
      await context.audioWorklet.addModule(workletUrl)
    } catch {
      void context.close()
      throw new NotHeard("unsupported")
    }
    return new Ears(context)
  }

  get rateHz(): number {
    return this.context.sampleRate
  }

  /** A browser lets a page that nobody has touched yet hear nothing. */
  get isAsleep(): boolean {
    return this.context.state === "suspended"
  }

  wake(): void {
    void this.context.resume()
  }

  /** Hands on the blocks of a stream; what it returns ends that. */
  listen(stream: MediaStream, heard: (block: Block) => void): () => void {
    const source = this.context.createMediaStreamSource(new MediaStream(stream.getAudioTracks()))
    const node = new AudioWorkletNode(this.context, "capture", { processorOptions: { samples: samplesOf(this.rateHz) } })
    node.port.onmessage = ({ data }: MessageEvent<Block>) => heard(data)
    source.connect(node)
    node.connect(this.context.destination) // plays nothing: unconnected it would not run
    return () => {
      node.port.onmessage = null
      source.disconnect()
      node.disconnect()
    }
  }

  close(): void {
    void this.context.close()
  }
}

/** At 16 kHz where the browser brings every device to it, else at its own rate, and the centre does. */
function newContext(): AudioContext {
  const isAsked = navigator.userAgent.includes("Firefox/") ? {} : { sampleRate: RATE_HZ } // it refuses streams of another rate
  try {
    return new AudioContext({ ...isAsked, latencyHint: "interactive" })
  } catch {
    return new AudioContext()
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ""
}

function faultOf(name: string): SoundFault {
  if (name === "NotAllowedError" || name === "SecurityError") return "refused"
  if (name === "NotFoundError") return "no_device"
  return name === "NotReadableError" || name === "AbortError" ? "in_use" : "failed"
}
