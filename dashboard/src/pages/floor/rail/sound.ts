/** Where the sound of a call comes from; null where this server sends none, and nothing offers to listen. */
import { openSound as open } from "../../../floor/sound"
import type { OpenSound } from "./useListening"

export const openSound: OpenSound | null = open
