import { digestOf } from '../store/dossier.ts'
import type { Archive } from '../store/store.ts'

/** What a store holds, counted. Two stores of the same digest hold the same. */
export interface Tally {
  readonly ids: number
  readonly reservations: number
  readonly revisions: number
  readonly messages: number
  /** The sum of all dossiers' digests modulo 2^256, since stores give them in no order. */
  readonly digest: bigint
}

/** Goes through a whole store, a dossier at a time; tells `seen` of each. */
export async function tallyOf(archive: Pick<Archive, 'dossiers'>, seen: () => void): Promise<Tally> {
  let [ids, reservations, revisions, messages, digest] = [0, 0, 0, 0, 0n]
  for await (const dossier of archive.dossiers()) {
    ids += 1
    reservations += dossier.standing.length
    revisions += dossier.history.length
    messages += dossier.messages.length
    digest = BigInt.asUintN(256, digest + BigInt(`0x${digestOf(dossier).toString('hex')}`))
    seen()
  }
  return { ids, reservations, revisions, messages, digest }
}

export const sameTally = (a: Tally, b: Tally): boolean =>
  a.digest === b.digest && COUNTS.every((count) => a[count] === b[count])

const COUNTS = ['ids', 'reservations', 'revisions', 'messages'] as const

/** Tallies below one another, each after its store's name. */
export function tableOf(tallies: readonly (readonly [name: string, tally: Tally])[]): string {
  const rows = tallies.map(([name, tally]) => [name, ...COUNTS.map((count) => String(tally[count])), hex(tally.digest)])
  const table = [['', ...COUNTS, 'digest'], ...rows]
  const widths = ['', ...COUNTS].map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '))
  return `${lines.join('\n')}\n`
}

export const factsOf = (store: string, { digest, ...counts }: Tally): object => ({ store, ...counts, digest: hex(digest) })

const hex = (digest: bigint) => digest.toString(16).padStart(64, '0')
