/** Who is signed in, for the parts of a page about people. */
import { inject, type InjectionKey } from "vue"
import type { SignedIn } from "../connection/useSession"

export const SIGNED_IN: InjectionKey<SignedIn> = Symbol("signed in")

export function useSignedIn(): SignedIn {
  const signedIn = inject(SIGNED_IN)
  if (!signedIn) throw new Error("a part of a page about people stands outside of PeopleFrame")
  return signedIn
}
