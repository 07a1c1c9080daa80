/** What can be said of a new password while it is typed; whether it is a common one only the server knows. */

export const LEAST = 12
export const MOST = 128

/** Characters as people count them, the way the server counts. */
export function lengthOf(password: string): number {
  return [...password].length
}

export function isLongEnough(password: string): boolean {
  return lengthOf(password) >= LEAST && lengthOf(password) <= MOST
}
