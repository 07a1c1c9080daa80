/** Texts of the page of agents' machines. */
export interface DesksTexts {
  title: string
  count: (n: number, here: number) => string
  add: string
  name: string
  machine: string
  agent: string
  state: string
  program: string
  here: string
  seen: (ago: string) => string
  never: string
  revoked: string
  nobody: string
  removed: string
  ahead: (span: string) => string
  behind: (span: string) => string
  seconds: (n: string) => string
  clockMore: string
  revoke: string
  revokeSure: string
  none: string
  noneMore: string
  codeTitle: string
  codeMore: string
  left: (clock: string) => string
  over: string
  another: string
  close: string
  checked: string
  onlyHere: string
  came: (name: string) => string
  foot: string
}
