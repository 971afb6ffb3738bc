/** Whether a text holds more than `most` characters. Counted are code points, as JSON Schema counts: an emoji is one. */
export function isLongerThan(text: string, most: number): boolean {
  if (text.length <= most) return false
  return text.length > 2 * most || Array.from(text).length > most
}
