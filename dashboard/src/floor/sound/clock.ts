/** The centre's clock by question and answer: the quicker an answer came, the better it tells. Pure. */

interface Answer {
  /** What is to be added to this page's clock. */
  offsetMs: number
  tookMs: number
}

/** So many answers are remembered, so that clocks that drift are followed. */
const KEPT = 8

export class CentreClock {
  private readonly answers: Answer[] = []

  /** All by this page's clock but `clockMs`. */
  answered(askedMs: number, clockMs: number, nowMs: number): void {
    this.answers.push({ offsetMs: clockMs - (askedMs + nowMs) / 2, tookMs: nowMs - askedMs })
    if (this.answers.length > KEPT) this.answers.shift()
  }

  /** The centre's time; null before the first answer. */
  at(nowMs: number): number | null {
    const [best] = [...this.answers].sort((a, b) => a.tookMs - b.tookMs)
    return best ? nowMs + best.offsetMs : null
  }
}
