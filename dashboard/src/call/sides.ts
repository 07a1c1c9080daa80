/** Whom one hears. */
export const SIDES = ["both", "agent", "customer"] as const
export type Sides = (typeof SIDES)[number]
