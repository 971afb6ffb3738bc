import { digestOf } from '../store/archive-entry.ts'
import type { Archive } from '../store/port.ts'
import { textTable } from './text-table.ts'

/** The contents of a store in numbers. Two stores with the same digest hold the same. */
export interface StoreDigest {
  readonly ids: number
  readonly reservations: number
  readonly revisions: number
  readonly messages: number
  /** The sum of the digests of all archive entries modulo 2^256: a sum, since stores list entries in no particular order. */
  readonly digest: bigint
}

/** Reads a whole store, one archive entry at a time. Calls `onEntry` after each. */
export async function digestStore(archive: Pick<Archive, 'entries'>, onEntry: () => void): Promise<StoreDigest> {
  let [ids, reservations, revisions, messages, digest] = [0, 0, 0, 0, 0n]
  for await (const entry of archive.entries()) {
    ids += 1
    reservations += entry.reservations.length
    revisions += entry.history.length
    messages += entry.messages.length
    digest = BigInt.asUintN(256, digest + BigInt(`0x${digestOf(entry).toString('hex')}`))
    onEntry()
  }
  return { ids, reservations, revisions, messages, digest }
}

export const isSameDigest = (a: StoreDigest, b: StoreDigest): boolean =>
  a.digest === b.digest && COUNTED_FIELDS.every((field) => a[field] === b[field])

const COUNTED_FIELDS = ['ids', 'reservations', 'revisions', 'messages'] as const

/** A text table of digests, one row for each store. */
export function tableOf(digests: readonly (readonly [name: string, digest: StoreDigest])[]): string {
  const rows = digests.map(([name, digest]) => [
    name,
    ...COUNTED_FIELDS.map((field) => String(digest[field])),
    hex(digest.digest),
  ])
  return textTable([['', ...COUNTED_FIELDS, 'digest'], ...rows], new Set([1, 2, 3, 4]))
}

/** A digest as a part of a JSON report. */
export const factsOf = (store: string, { digest, ...counts }: StoreDigest): object => ({
  store,
  ...counts,
  digest: hex(digest),
})

const hex = (digest: bigint) => digest.toString(16).padStart(64, '0')
