/** What a part of a page about people shows of the server, and the changes it makes there. */
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from "vue"
import { people } from "../texts/people"
import { whyNot, type Told } from "./why"

type Body<T> = T extends { status: 200; body: infer B } ? B : never

export interface Load<B> {
  /** Null until it came once; what came before stays when the server does not answer. */
  value: ShallowRef<B | null>
  /** Why there is nothing newer, for a person; "" where there is. */
  problem: Ref<string>
  load: () => Promise<void>
}

export function useLoad<T extends Told>(question: () => Promise<T>): Load<Body<T>> {
  const value: ShallowRef<unknown> = shallowRef(null)
  const problem = ref("")
  let asked = 0
  let isClosed = false

  async function load(): Promise<void> {
    const mine = ++asked
    const reply = await question()
    if (isClosed || mine !== asked) return // another question was asked meanwhile
    problem.value = failureOf(reply)
    if (reply.status === 200) value.value = (reply as unknown as { body: unknown }).body
  }

  void load()
  onScopeDispose(() => void (isClosed = true))
  return { value: value as ShallowRef<Body<T> | null>, problem, load }
}

export interface Change {
  isAsking: Ref<boolean>
  problem: Ref<string>
  /** The reply where it was done, else null and `problem` says why. */
  make: <T extends Told>(question: Promise<T>) => Promise<T | null>
}

export function useChange(): Change {
  const isAsking = ref(false)
  const problem = ref("")

  async function make<T extends Told>(question: Promise<T>): Promise<T | null> {
    isAsking.value = true
    problem.value = ""
    const reply = await question
    isAsking.value = false
    problem.value = failureOf(reply)
    return problem.value ? null : reply
  }

  return { isAsking, problem, make }
}

/** "" where it was done. */
export function failureOf(reply: Told): string {
  if (reply.status >= 200 && reply.status < 300) return ""
  if (reply.status === 0) return people.value.signIn.away
  return people.value.frame.notDone(whyNot(reply))
}
