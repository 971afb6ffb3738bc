import type { z } from 'zod'
import type { Actor } from '../domain/observer.ts'
import { Failure } from '../domain/failure.ts'
import type { World } from '../service/world.ts'
import type { Projects } from '../sources/projects.ts'
import type { Allowance } from './admission/allowance.ts'

/** What every endpoint may need besides its input. */
export interface Setting {
  readonly world: World
  readonly projects: Projects | undefined
  /** The longest window a list may ask for, in days. */
  readonly maxWindowDays: number
  /** How many reservations an address may change without signing in; a call that changes none counts as one. */
  readonly strangers: Allowance
  /** @throws Failure `too_large` when a list is larger than can be sent */
  readonly assertFits: (list: Uint8Array | string) => void
}

/** One request, once it is known who asks. */
export interface Call extends Setting {
  readonly by: Actor
  readonly address: string
  /** The revisions in `If-Match`; undefined when any will do. */
  readonly expected: readonly number[] | undefined
}

/** What goes out: bytes that are JSON already, or a value; `revision` becomes the ETag, another one where the value is `masked`. */
export type Answer =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly value: unknown; readonly revision?: number; readonly masked?: boolean }

/** The errors an endpoint can give besides those that every one can. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 412 | 429 | 502

/** Who may ask at all: anyone, who has signed in, or strangers too unless the guard is strict. */
export type Askers = 'anyone' | 'signed-in' | 'guarded'

export interface Endpoint<Input = unknown> {
  readonly name: string
  /** A read answers `GET` as well, with an ETag, and strangers' tokens do not fail it. */
  readonly kind: 'read' | 'write'
  readonly askers: Askers
  /** Whether it waits for the issuer as long as a write does, though a stranger is answered too: where who asks is the question. */
  readonly patient?: boolean
  readonly summary: string
  readonly description: string
  readonly input: z.ZodType<Input>
  /** Keys that are missing, in the order in which the first is named. */
  readonly missing: (body: Readonly<Record<string, unknown>>) => readonly string[]
  /** How long its lists may be, by their keys. */
  readonly mostEntries?: Readonly<Record<string, number>>
  readonly errors: readonly ErrorStatus[]
  readonly example: { readonly input: object; readonly answer: unknown }
  readonly handle: (input: Input, call: Call) => Promise<Answer>
}

/** Keeps the input's type from the schema to the handler, and forgets it outside. */
export const endpoint = <Input>(definition: Endpoint<Input>): Endpoint => definition as unknown as Endpoint

/** The keys that must be there and not null. */
export const requiring =
  (...keys: readonly string[]) =>
  (body: Readonly<Record<string, unknown>>): readonly string[] =>
    keys.filter((key) => body[key] === undefined || body[key] === null)

/** A required key's value: `missing` has seen to it that it is there. */
export function given<T>(value: T | null | undefined): T {
  if (value == null) throw new Error('A required key slipped through.')
  return value
}

/**
 * The shape of a request, once and for all of its problems.
 * @throws Failure `malformed`, naming every problem; the sentence names the first, missing keys before others
 */
export function shaped<Input>(definition: Pick<Endpoint<Input>, 'input' | 'missing' | 'mostEntries'>, body: Record<string, unknown>): Input {
  assertLengths(definition.mostEntries ?? {}, body)
  const missing = definition.missing(body).map((key) => ({ field: key, message: `missing required key ${key}` }))
  const parsed = definition.input.safeParse(body)
  if (parsed.success && missing.length === 0) return parsed.data
  const issues = (parsed.error?.issues ?? [])
    .map((issue) => ({ field: issue.path.join('.'), message: messageOf(issue) }))
    .filter(({ field }) => !missing.some((one) => one.field === field))
  const sentences = [...missing.map(({ message }) => message), ...issues.map(({ field, message }) => `${field} ${message}`.trim())]
  throw new Failure('malformed', `Error: ${sentences[0]}`, [...missing, ...issues])
}

/** Before its entries are looked at: each that is wrong would take time, and be a problem to tell of. */
function assertLengths(most: Readonly<Record<string, number>>, body: Readonly<Record<string, unknown>>): void {
  for (const [field, limit] of Object.entries(most)) {
    const value = body[field]
    if (!Array.isArray(value) || value.length <= limit) continue
    const message = `${field} holds at most ${limit} entries`
    throw new Failure('malformed', `Error: ${message}`, [{ field, message }])
  }
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
  return issue.message
}
