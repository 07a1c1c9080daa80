/** Texts of the administrator's pages. */

export interface AdminTexts {
  todo: string
}
