import type { Writable } from 'node:stream'
import { printable } from '../domain/text.ts'
import type { Finding } from '../store/integrity.ts'
import { plural } from './import-report.ts'
import type { CommandResult } from './outcome.ts'

const MAX_LENGTH = 1000
/** So many of each severity are told, that a report stays small whatever the store. */
const MAX_PRINTED = 1000

const SEVERITIES = ['problem', 'notice'] as const

/**
 * Counts findings and tells the first of each severity.
 * @param out where each is printed as it is found; undefined where it is to be in the report alone
 */
export async function reportFindings(store: string, findings: AsyncIterable<Finding> | Iterable<Finding>, out: Writable | undefined): Promise<CommandResult> {
  const counts = { problem: 0, notice: 0 }
  const printed: Finding[] = []
  for await (const { severity, text } of findings) {
    counts[severity] += 1
    if (counts[severity] > MAX_PRINTED) continue
    // Ids in it are isolated already.
    const finding = { severity: severity, text: text.replaceAll(/[^\u2068\u2069]+/g, (part) => printable(part, MAX_LENGTH)) }
    if (out) out.write(`${severity}: ${finding.text}\n`)
    else printed.push(finding)
  }
  const more = SEVERITIES.filter((severity) => counts[severity] > MAX_PRINTED).map((severity) => `and ${plural(counts[severity] - MAX_PRINTED, `more ${severity}`)}\n`)
  return {
    hasProblems: counts.problem > 0,
    report: { store, problems: counts.problem, notices: counts.notice, findings: printed },
    text: `${more.join('')}${store}: ${plural(counts.problem, 'problem')}, ${plural(counts.notice, 'notice')}\n`,
  }
}
