import * as z from 'zod'

/** Characters of a key. `openssl rand -hex 32` makes twice as many. */
const MIN_LENGTH = 32
/** Distinct characters, and distinct differences between neighbours. One in twenty million random keys of 32 hexadecimal digits has fewer. */
const MIN_DISTINCT = 8
const PLACEHOLDER = /change-?me|placeholder|example|openssl|your-|long-random|random-key|service-key/i

/** Schema of `name:key,…`: the keys of trusted programs by name. Messages do not quote the text, since it may hold a key. */
export const serviceKeys = z.string().transform((text, context) => {
  const keys: Map<string, string> = new Map()
  for (const [index, pair] of text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .entries()) {
    const [, name, key] = /^([A-Za-z0-9_-]{1,64}):(\S+)$/.exec(pair) ?? []
    const flaw = key && weaknessOf(key)
    if (!name || !key || keys.has(name))
      context.addIssue('must be name:key,name:key with each name once, of letters, digits, _ or -')
    // By its number: if name and key are swapped, the name is the key.
    else if (flaw)
      context.addIssue(
        `must be keys that nobody can guess, and number ${index + 1} ${flaw}; make each with: openssl rand -hex 32`,
      )
    else if ([...keys.values()].includes(key))
      context.addIssue(`must be another key for each program, and number ${index + 1} is one again`)
    else keys.set(name, key)
  }
  return keys
})

function weaknessOf(key: string): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(key)) return 'has characters that a header cannot carry'
  if (key.length < MIN_LENGTH) return `has fewer than ${MIN_LENGTH} characters`
  if (PLACEHOLDER.test(key)) return 'is a placeholder'
  if (isMonotonous(key)) return 'repeats itself'
  return undefined
}

function isMonotonous(key: string): boolean {
  const codes = [...Buffer.from(key)]
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0))
  if (new Set(codes).size < MIN_DISTINCT || new Set(steps).size < MIN_DISTINCT) return true
  // A shorter text that repeats, the last time perhaps not in full.
  return codes.some((_, period) => period > 0 && period * 2 <= key.length && key.startsWith(key.slice(period)))
}
