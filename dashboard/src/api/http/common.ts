// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

/** Everything that can be done here. */
export type Action = "call.read" | "call.listen" | "call.listen_unheard" | "call.listen_live" | "call.unmasked" | "call.control" | "call.speak" | "call.answer" | "call.import" | "call.consent" | "call.hold" | "review.read" | "review.judge" | "review.answer" | "review.check" | "review.comment" | "rules.read" | "headset.read" | "headset.change" | "floor.watch" | "floor.help" | "floor.arrange" | "people.read" | "people.change" | "tokens.read" | "tokens.change" | "team_settings.read" | "team_settings.change" | "audit.read" | "metrics.read" | "desk.connect" | "desks.read" | "desks.change" | "system.read" | "self"

/** Body of an error response: what was given and wanted. `reason`: for pages that say it in another language. */
export interface Fault {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
}

/** What a person is here for. */
export type Role = "agent" | "qa" | "lead" | "admin"

/** `wait_s`: until a password is looked at again. */
export interface Slowed {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
  wait_s: number
}

/** Whose turn it is, with what waits longest first. None: nobody has begun.
 *
 * Appeals are checked and decided while the agent may still answer other items. */
export type Stage = "" | "reviewing" | "to_answer" | "to_check" | "to_decide" | "done"

/** Places from, to, one behind the other, in thousandths of the call; `turns` by channel. */
export interface Strip {
  turns: Record<string, number[]>
  silences: number[]
  marks: StripMark[]
}

/** A hint. `place`: in thousandths of the call. */
export interface StripMark {
  place: number
  severity: string
}

/** A team; `id` is what calls carry, `name` is shown. */
export interface TeamEntry {
  id: string
  name: string
}
