/** Where the sound of a call comes from; null where this server sends none, and nothing offers to listen. */
import type { OpenSound } from "./useListening"

export const openSound: OpenSound | null = null
