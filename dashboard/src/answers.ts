/** What an agent may answer to a hint. */
export type Answer = "done" | "dismissed" | "useless"
