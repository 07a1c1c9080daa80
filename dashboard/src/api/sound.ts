// Generated from pipeline/server/sound_messages.py by scripts/generate_types.py. Do not edit: run `make types`.

/** By the page, of its own clock in ms: to know the centre's. Said at least every ten seconds. */
export interface Ping {
  at: number
  type: "ping"
}

/** `at`: as it came; `clock_ms`: since 1970, by the centre's clock. */
export interface Pong {
  at: number
  clock_ms: number
  type: "pong"
}
