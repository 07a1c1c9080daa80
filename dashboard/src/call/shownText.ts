/** Text as recognised and the same for reading: 三千五百元 is shown as 3500元, and commas come in. Pure. */

/**
 * Where each character of `text` stands in `shown`, as [from, to): its own place where it is still there, and where it
 * was written anew (digits) all of what stands there instead.
 */
export function spansIn(text: string, shown: string): [number, number][] {
  const spans: [number, number][] = []
  let at = 0
  while (spans.length < text.length) {
    const [said, written] = nextCommon(text.slice(spans.length), shown.slice(at))
    for (let changed = 0; changed < said; changed += 1) spans.push([at, at + written])
    at += written
    if (spans.length < text.length) {
      spans.push([at, at + 1])
      at += 1
    }
  }
  return spans
}

/** How far the next character that both have is, in each; both ends where there is none. */
function nextCommon(text: string, shown: string): [number, number] {
  for (let both = 0; both < text.length + shown.length; both += 1) {
    for (let said = Math.max(0, both - shown.length + 1); said <= Math.min(both, text.length - 1); said += 1) {
      if (text[said] === shown[both - said]) return [said, both - said]
    }
  }
  return [text.length, shown.length]
}
