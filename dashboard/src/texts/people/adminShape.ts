/** Texts of the administrator's pages. */
import type { MachineRole } from "../../api/http"

export interface AdminTexts {
  users: {
    title: string
    count: (n: number) => string
    search: string
    add: string
    import: string
    name: string
    login: string
    role: string
    team: string
    sees: string
    seen: string
    state: string
    active: string
    invited: string
    disabled: string
    slowed: (left: string) => string
    everyTeam: string
    noTeam: string
    never: string
    nobody: string
    edit: (name: string) => string
    agentId: string
    agentIdMore: string
    telephoneId: string
    telephoneIdMore: string
    assigned: string
    disable: string
    disableMore: string
    link: string
    release: string
    released: string
    remove: string
    removeSure: string
    removeMore: string
    inviteTitle: (name: string) => string
    inviteMore: (until: string) => string
    kept: string
  }
  csv: { title: string; more: string; columns: string; header: string; choose: string; go: string; done: (added: number, changed: number) => string; refused: (n: number) => string; line: (n: number) => string }
  tokens: {
    title: string
    inUse: (n: number) => string
    add: string
    name: string
    nameMore: string
    can: string
    used: string
    unused: string
    revoke: string
    revokeSure: string
    revoked: string
    newTitle: (name: string) => string
    newMore: string
    kept: string
    role: Record<MachineRole, string>
    does: Record<MachineRole, string>
    none: string
  }
  rights: { title: string; more: string; open: string; action: string; scope: Record<string, string>; actions: Record<string, string>; role: Record<string, string> }
  teams: { title: string; count: (n: number) => string; name: string; id: string; idMore: string; leads: string; agents: string; qa: string; add: string; rename: string; remove: string; removeSure: string; settings: string; none: string }
  settings: {
    title: string
    more: string
    team: string
    version: (n: number) => string
    versionNone: string
    reason: string
    reasonMore: string
    save: string
    saved: (n: number) => string
    stale: string
    acts: string
    actsNot: string
    history: string
    historyNone: string
    pick: string
    unit: string
    fields: Record<string, { label: string; more: string; choices?: Record<string, string> }>
    off: string
    on: string
    readOnly: string
  }
  audit: {
    title: string
    search: string
    day: string
    anyDay: string
    actor: string
    anyActor: string
    action: string
    anyAction: string
    found: (all: number, some: number) => string
    whole: string
    wholeMore: (rows: string, time: string) => string
    unchecked: string
    broken: string
    brokenMore: (number: string) => string
    time: string
    who: string
    did: string
    object: string
    from: string
    refused: string
    system: string
    nobody: string
    removed: string
    token: string
    here: string
    commandLine: string
    row: (number: string) => string
    before: string
    after: string
    reason: string
    details: string
    chain: string
    chainMore: string
    also: (name: string) => string
    alsoNone: string
    copy: string
    older: string
    none: string
    noneMore: string
    foot: string
    noPick: string
    move: string
    open: string
    filters: string
    actions: Record<string, string>
    group: Record<"open" | "sign" | "listen" | "export" | "change" | "token" | "delete" | "slow" | "other", string>
  }
  keys: { search: string; next: string; open: string; filters: string }
}
