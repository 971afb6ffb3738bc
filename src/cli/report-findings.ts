import type { Writable } from 'node:stream'
import { printable } from '../domain/text.ts'
import type { Finding } from '../store/integrity.ts'
import type { CommandResult } from './outcome.ts'
import { plural } from '../domain/text.ts'

/** Characters of one finding. */
const MAX_LENGTH = 1000
/** Findings of each severity in a report; the rest are counted only. */
const MAX_PRINTED = 1000

const SEVERITIES = ['problem', 'notice'] as const

/**
 * Makes a report of findings: their numbers, and the first 1,000 of each severity.
 * @param out prints each finding as it comes, instead of listing it in the report
 */
export async function reportFindings(
  store: string,
  findings: AsyncIterable<Finding> | Iterable<Finding>,
  out: Writable | undefined,
): Promise<CommandResult> {
  const counts = { problem: 0, notice: 0 }
  const printed: Finding[] = []
  for await (const { severity, text } of findings) {
    counts[severity] += 1
    if (counts[severity] > MAX_PRINTED) continue
    // Ids in it are escaped already, between Unicode isolates.
    const finding = { severity, text: text.replaceAll(/[^\u2068\u2069]+/g, (part) => printable(part, MAX_LENGTH)) }
    if (out) out.write(`${severity}: ${finding.text}\n`)
    else printed.push(finding)
  }
  const more = SEVERITIES.filter((severity) => counts[severity] > MAX_PRINTED).map(
    (severity) => `and ${plural(counts[severity] - MAX_PRINTED, `more ${severity}`)}\n`,
  )
  return {
    hasProblems: counts.problem > 0,
    report: { store, problems: counts.problem, notices: counts.notice, findings: printed },
    text: `${more.join('')}${store}: ${plural(counts.problem, 'problem')}, ${plural(counts.notice, 'notice')}\n`,
  }
}
