import { digestOf } from '../store/archive-entry.ts'
import type { Archive } from '../store/port.ts'

/** What a store holds, counted. Two stores of the same digest hold the same. */
export interface StoreDigest {
  readonly ids: number
  readonly reservations: number
  readonly revisions: number
  readonly messages: number
  /** The sum of all archive entries' digests modulo 2^256, since stores give them in no order. */
  readonly digest: bigint
}

/** Goes through a whole store, an archive entry at a time; tells `seen` of each. */
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
  a.digest === b.digest && COUNTED_FIELDS.every((count) => a[count] === b[count])

const COUNTED_FIELDS = ['ids', 'reservations', 'revisions', 'messages'] as const

/** Tallies below one another, each after its store's name. */
export function tableOf(digests: readonly (readonly [name: string, tally: StoreDigest])[]): string {
  const rows = digests.map(([name, digest]) => [name, ...COUNTED_FIELDS.map((count) => String(digest[count])), hex(digest.digest)])
  const table = [['', ...COUNTED_FIELDS, 'digest'], ...rows]
  const widths = ['', ...COUNTED_FIELDS].map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '))
  return `${lines.join('\n')}\n`
}

export const factsOf = (store: string, { digest, ...counts }: StoreDigest): object => ({ store, ...counts, digest: hex(digest) })

const hex = (digest: bigint) => digest.toString(16).padStart(64, '0')
