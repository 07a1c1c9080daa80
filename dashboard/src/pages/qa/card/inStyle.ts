/** A text as a string of CSS (https://www.w3.org/TR/css-syntax-3/#consume-string-token). */
export function inStyle(text: string): string {
  return `"${text.replace(/["\\\n\r\f]/g, (one) => `\\${one.codePointAt(0)!.toString(16)} `)}"`
}
