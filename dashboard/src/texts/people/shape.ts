/** Texts of signing in, of the frame of the pages about people, and of each of these pages. */
import type { Fault } from "../../api/http"
import type { AdminTexts } from "./adminShape"
import type { DesksTexts } from "./desksShape"
import type { ImportTexts } from "./importShape"

export type Role = "agent" | "qa" | "lead" | "admin"

export type RefusalReason = NonNullable<Fault["reason"]>

export interface PeopleTexts {
  times: {
    now: string
    secondsAgo: (n: number) => string
    minutesAgo: (n: number) => string
    today: (time: string) => string
    yesterday: (time: string) => string
    minutes: (n: number) => string
    hours: (hours: number, minutes: number) => string
    days: (n: number) => string
  }
  role: Record<Role, string>
  /** What a role sees, for those whose role it is. */
  sees: Record<Role, string>
  frame: {
    nav: string
    live: string
    calls: string
    floor: string
    ownCalls: string
    appeals: string
    checks: string
    rules: string
    waiting: (n: number) => string
    late: (agents: number) => string
    importing: (n: number) => string
    import: string
    people: string
    teams: string
    tokens: string
    desks: string
    settings: string
    audit: string
    me: string
    admin: string
    account: string
    signOut: string
    language: string
    keys: string
    notYours: string
    notYoursMore: string
    goHome: string
    offline: string
    offlineMore: string
    loading: string
    close: string
    cancel: string
    copy: string
    copied: string
    cannotCopy: string
    again: string
    notDone: (why: string) => string
    save: string
    and: string
    search: string
    none: string
  }
  signIn: {
    title: string
    login: string
    password: string
    show: string
    hide: string
    go: string
    going: string
    wrong: string
    triesLeft: (n: number) => string
    capsLock: string
    capsLockMaybe: string
    forgotten: string
    slow: string
    slowAfter: string
    slowMore: string
    slowOthers: string
    slowTimer: (clock: string) => string
    away: string
    refused: (why: string) => string
    comma: string
    /** There is no administrator yet. */
    first: string
    firstMore: string
    firstOthers: string
    ended: string
    endedMore: string
    endedOther: string
    endedLink: string
  }
  link: {
    first: string
    invite: (name: string) => string
    reset: (name: string) => string
    valid: string
    stays: string
    left: string
    checking: string
    company: string
    name: string
    login: string
    loginTaken: string
    password: string
    repeat: string
    length: (n: number) => string
    tooShort: (n: number, least: number) => string
    tooLong: (most: number) => string
    same: string
    notSame: string
    privacy: string
    create: string
    set: string
    note: string
    next: string
    resetNote: string
    expired: string
    expiredMore: string
    unknown: string
    unknownMore: string
    command: string
    commandMore: string
    toSignIn: string
    audited: string
  }
  me: {
    title: string
    account: string
    name: string
    login: string
    role: string
    team: string
    agentId: string
    sessions: string
    sessionsMore: string
    here: string
    browser: string
    from: string
    begun: string
    seen: string
    end: string
    endAll: string
    endAllMore: string
    password: string
    old: string
    oldWrong: string
    atCentre: string
    new: string
    change: string
    changed: string
    data: string
    dataMore: string
    download: string
    opened: string
    openedMore: string
    openedNone: string
    call: string
    who: string
    what: string
    when: string
  }
  /** By the reason that the server gives; where there is none, its own English sentence is shown. In English only what
   * the server says in words of the command line. */
  refusals: Readonly<Record<string, string | undefined>>
  admin: AdminTexts
  desks: DesksTexts
  imports: ImportTexts
}
