// Called by test_condensed.py: takes cases from stdin, gives back what a condensed history makes otherwise.
import { isDeepStrictEqual } from "node:util"

const { emptyView, leaveOut, MOST, reduce } = await import(process.argv[2])

let text = ""
for await (const piece of process.stdin) text += piece
const { call, most, stories } = JSON.parse(text)
Object.assign(MOST, most)

/** Without the words being guessed, which no store keeps, and without what is undefined. */
const plain = (view) => JSON.parse(JSON.stringify({ ...view, guesses: {} }))

/** What differs after the records up to `end`, when those after `cut` were condensed to `seqs`. */
function compared(records, { end, cut, seqs, left_out }) {
  const seen = records.slice(0, cut).reduce(reduce, emptyView(call))
  const whole = plain(records.slice(cut, end).reduce(reduce, seen))
  const short = plain(seqs.map((seq) => records[seq - 1]).reduce(reduce, leaveOut(seen, left_out)))
  return Object.keys(whole)
    .filter((name) => !isDeepStrictEqual(whole[name], short[name]))
    .map((name) => [name, whole[name], short[name]])
}

const found = stories.map(({ records, cuts }) => cuts.map((cut) => compared(records, cut))).flat(2)
process.stdout.write(JSON.stringify(found))
