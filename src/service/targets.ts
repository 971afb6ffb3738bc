import { Failure } from '../domain/failure.ts'
import type { Instant } from '../domain/interval.ts'
import { quoted } from '../domain/text.ts'
import { placeOf } from '../sky/body-place.ts'
import { parseCoordinates } from '../sky/catalogue/coordinates.ts'
import type { Kind } from '../sky/catalogue/entries.ts'
import { namedEntry, searchCatalogue, similarNames } from '../sky/catalogue/search.ts'
import type { FixedTarget, Target } from '../sky/target.ts'

/** Names that an unknown one may stand for, in the sentence of its failure. */
const MAX_SIMILAR = 5

/** A target with its names; for coordinates, `name` is the text that has them. */
export interface NamedTarget {
  readonly name: string
  readonly aliases: readonly string[]
  readonly kind: Kind
  readonly target: Target
}

/** A target as a caller gives it: a name or coordinates in a text, or a place. */
export type TargetInput = { readonly name: string } | FixedTarget

/** The targets of the catalogue that match a text, best first, or the one whose coordinates it has. @throws Failure `malformed` */
export function findTargets(text: string, limit: number): NamedTarget[] {
  const place = placeIn(text, 'q')
  return place ? [coordinates(text, place)] : searchCatalogue(text, limit)
}

/** The target that a caller means. @throws Failure `malformed`, with names that may be meant, if there is no such target */
export function targetOf(input: TargetInput): NamedTarget {
  if (!('name' in input)) return coordinates('', input)
  const place = placeIn(input.name, 'target')
  if (place) return coordinates(input.name, place)
  const entry = namedEntry(input.name)
  if (entry) return entry
  const similar = similarNames(input.name, MAX_SIMILAR)
  throw malformed(
    'target',
    `the catalogue has no target ${quoted(input.name, 64)}${similar.length > 0 ? `; it has ${similar.join(', ')}` : ''}`,
  )
}

/** Where a target is among the stars at an instant, in degrees of ICRS. */
export const placeAt = (target: Target, at: Instant): FixedTarget => ('body' in target ? placeOf(target, at) : target)

const coordinates = (name: string, target: FixedTarget): NamedTarget => ({
  name: name.trim(),
  aliases: [],
  kind: 'coordinates',
  target,
})

function placeIn(text: string, field: string): FixedTarget | undefined {
  const place = parseCoordinates(text)
  if (place && 'problem' in place) throw malformed(field, `${field} ${place.problem}`)
  return place?.target
}

const malformed = (field: string, message: string) =>
  new Failure('malformed', `Error: ${message}`, [{ field, message }])
