import type { Writable } from 'node:stream'
import { visible } from '../domain/text.ts'
import type { Finding } from '../store/finding.ts'
import { counted } from './import-report.ts'
import type { Outcome } from './outcome.ts'

const LONGEST = 1000
/** So many of each gravity are told, that a report stays small whatever the store. */
const MOST_TOLD = 1000

const GRAVITIES = ['problem', 'remark'] as const

/**
 * Counts findings and tells the first of each gravity.
 * @param out where each is printed as it is found; undefined where it is to be in the report alone
 */
export async function gather(store: string, findings: AsyncIterable<Finding> | Iterable<Finding>, out: Writable | undefined): Promise<Outcome> {
  const counts = { problem: 0, remark: 0 }
  const told: Finding[] = []
  for await (const { gravity, text } of findings) {
    counts[gravity] += 1
    if (counts[gravity] > MOST_TOLD) continue
    // Ids in it are isolated already.
    const finding = { gravity, text: text.replaceAll(/[^\u2068\u2069]+/g, (part) => visible(part, LONGEST)) }
    if (out) out.write(`${gravity}: ${finding.text}\n`)
    else told.push(finding)
  }
  const more = GRAVITIES.filter((gravity) => counts[gravity] > MOST_TOLD).map((gravity) => `and ${counted(counts[gravity] - MOST_TOLD, `more ${gravity}`)}\n`)
  return {
    found: counts.problem > 0,
    facts: { store, problems: counts.problem, remarks: counts.remark, findings: told },
    text: `${more.join('')}${store}: ${counted(counts.problem, 'problem')}, ${counted(counts.remark, 'remark')}\n`,
  }
}
