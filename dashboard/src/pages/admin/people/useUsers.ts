/** Users and teams as the server has them, the users in the order of their roles. */
import { computed, type ComputedRef } from "vue"
import { ask } from "../../../api/ask"
import type { Role, TeamEntry, UserEntry } from "../../../api/http"
import { useLoad, type Load } from "../../../people/useLoad"
import { people } from "../../../texts/people"

export const ROLES: readonly Role[] = ["admin", "qa", "lead", "agent"]
/** Assigned in place of teams: every team, later ones too. */
export const EVERY_TEAM = "*"

export interface Users {
  users: ComputedRef<UserEntry[]>
  teams: ComputedRef<TeamEntry[]>
  problem: Load<UserEntry[]>["problem"]
  isKnown: ComputedRef<boolean>
  load: () => Promise<void>
  teamName: (id: string | null) => string
  teamsOf: (user: UserEntry) => string
}

export function useUsers(): Users {
  const users = useLoad(() => ask("GET /api/users"))
  const teams = useLoad(() => ask("GET /api/teams"))
  const names = computed(() => new Map((teams.value.value ?? []).map(({ id, name }) => [id, name])))
  const order = (user: UserEntry): number => ROLES.indexOf(user.role)

  const teamName = (id: string | null): string => (id === null ? "" : (names.value.get(id) ?? id))

  return {
    users: computed(() => [...(users.value.value ?? [])].sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name, "zh-CN"))),
    teams: computed(() => teams.value.value ?? []),
    problem: users.problem,
    isKnown: computed(() => users.value.value !== null),
    load: async () => void (await Promise.all([users.load(), teams.load()])),
    teamName,
    teamsOf: (user) => {
      const { frame, admin } = people.value
      if (user.role === "admin") return frame.none
      if (user.role !== "qa") return teamName(user.team) || frame.none
      return user.assigned.includes(EVERY_TEAM) ? admin.users.everyTeam : user.assigned.map(teamName).join(people.value.frame.and) || frame.none
    },
  }
}

/** Whether somebody is meant by what was typed: a part of the name, the login or the agent id. */
export function isMeant({ name, login, agent_id }: Pick<UserEntry, "name" | "login" | "agent_id">, typed: string): boolean {
  const wanted = typed.trim().toLowerCase()
  return !wanted || [name, login, agent_id ?? ""].some((text) => text.toLowerCase().includes(wanted))
}
