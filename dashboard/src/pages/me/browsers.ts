/** A browser by its name, as people know it: the first of these that it calls itself by. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg\/(\d+)/, "Edge"],
  [/\bOPR\/(\d+)/, "Opera"],
  [/\bFirefox\/(\d+)/, "Firefox"],
  [/\bChrom(?:e|ium)\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+).*Safari\//, "Safari"],
]
const SYSTEMS: readonly [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
]

/** "Chrome 142 · Windows"; what is none of these keeps its own first word. */
export function browserOf(agent: string): string {
  const system = SYSTEMS.find(([sign]) => sign.test(agent))?.[1]
  for (const [sign, name] of BROWSERS) {
    const version = sign.exec(agent)?.[1]
    if (version) return [`${name} ${version}`, system].filter(Boolean).join(" · ")
  }
  return agent.split(/[\s/]/)[0] ?? ""
}
