import { z } from 'zod'

/** What `openssl rand -hex 32` makes has twice as many characters. */
const MIN_LENGTH = 32
/** Kinds of characters, and of steps from one to the next. Of a random key's 32 hexadecimal digits one in twenty million has fewer. */
const MIN_DISTINCT = 8
const PLACEHOLDER = /change-?me|placeholder|example|openssl|your-|long-random|random-key|service-key/i

/** The keys of trusted programs by their names, as `name:key,…`. No problem that is found quotes the text: it may hold a key. */
export const serviceKeys = z.string().transform((text, context) => {
  const keys: Map<string, string> = new Map()
  for (const [index, pair] of text.split(',').map((one) => one.trim()).filter((one) => one !== '').entries()) {
    const [, name, key] = /^([A-Za-z0-9_-]{1,64}):(\S+)$/.exec(pair) ?? []
    const flaw = key && weaknessOf(key)
    if (!name || !key || keys.has(name)) context.addIssue('must be name:key,name:key with each name once, of letters, digits, _ or -')
    // By its number, for who has exchanged the two has put the key where the name should be.
    else if (flaw) context.addIssue(`must be keys that nobody can guess, and number ${index + 1} ${flaw}; make each with: openssl rand -hex 32`)
    else if ([...keys.values()].includes(key)) context.addIssue(`must be another key for each program, and number ${index + 1} is one again`)
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
  // A shorter text over and over, the last time perhaps only begun.
  return codes.some((_, period) => period > 0 && period * 2 <= key.length && key.startsWith(key.slice(period)))
}
