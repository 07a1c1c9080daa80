/** What a lead does on the floor: asked of the server, and why it was not done. */
import { inject, ref, type InjectionKey, type Ref } from "vue"
import { ask } from "../../api/ask"
import { whyNot, type Told } from "../../people/why"
import { people } from "../../texts/people"
import { floor } from "../../texts/floor"

export interface Deeds {
  /** Why the last one was not done; "" where it was. */
  problem: Ref<string>
  isAsking: Ref<boolean>
  take: (caseId: string) => Promise<boolean>
  /** All of them, of one agent, or none. */
  close: (caseIds: readonly string[], reason: string) => Promise<boolean>
  /** `id`: of the sentence, which the agent is shown once however often it is sent. */
  whisper: (callId: string, text: string, id: string, transfer?: boolean) => Promise<boolean>
}

export const DEEDS: InjectionKey<Deeds> = Symbol("deeds")

export function useDeeds(): Deeds {
  const deeds = inject(DEEDS)
  if (!deeds) throw new Error("a part of the floor stands outside of it")
  return deeds
}

export function makeDeeds(): Deeds {
  const problem = ref("")
  const isAsking = ref(false)

  async function done(of: keyof typeof floor.value.refused, question: Promise<Told>): Promise<boolean> {
    isAsking.value = true
    problem.value = ""
    const reply = await question
    isAsking.value = false
    const isDone = reply.status >= 200 && reply.status < 300
    problem.value = isDone ? "" : reply.status ? floor.value.notDone(floor.value.refused[of][reply.status] ?? whyNot(reply)) : people.value.signIn.away
    return isDone
  }

  return {
    problem,
    isAsking,
    take: (id) => done("case", ask("POST /api/floor/cases/{id}/take", { id })),
    close: ([id, ...also], reason) => done("case", ask("POST /api/floor/cases/{id}/close", { id: id!, takes: { reason, also } })),
    whisper: (call_id, text, whisper, transfer = false) => done("call", ask("POST /api/calls/{call_id}/whispers", { call_id, takes: { text, whisper, transfer } })),
  }
}
