import { MAX_DEPTH } from './strict-json.ts'

/** Longer texts would hold the event loop, and are inspected in turns. */
const MAX_CHARS = 65_536

/**
 * The value of a JSON text in which nothing is suspicious: then `JSON.parse` gives what `strict-json.ts` does, in a third
 * of the time. Undefined if the text has to be inspected token by token.
 *
 * Each key has one colon in the text. So a text with more colons than its value has keys, and colons within its strings,
 * gives a key twice.
 */
export function parsePlain(text: string): unknown {
  // Escapes may hide a key or half a surrogate pair.
  if (text.length > MAX_CHARS || text.includes('\\') || text.includes('__proto__') || !text.isWellFormed())
    return undefined
  try {
    const value: unknown = JSON.parse(text)
    return colonsOf(value, 0) === colonsIn(text) ? value : undefined
  } catch {
    return undefined
  }
}

/** The colons of a value as JSON; NaN if it is nested too deep, or has a number that may have lost digits. */
function colonsOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return colonsIn(value)
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? 0 : NaN
  if (typeof value !== 'object' || value === null) return 0
  if (depth === MAX_DEPTH) return NaN
  let colons = 0
  for (const key in value) {
    if (!Array.isArray(value)) colons += 1 + colonsIn(key)
    colons += colonsOf((value as Record<string, unknown>)[key], depth + 1)
  }
  return colons
}

function colonsIn(text: string): number {
  let colons = 0
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) colons += 1
  return colons
}
