/** Ends this browser's session and leaves a page that shows nothing of the person. */
import { ask } from "../api/ask"

export async function signOut(): Promise<void> {
  await ask("DELETE /api/session")
  location.assign("/login")
}
