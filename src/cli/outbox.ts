import { createHash } from 'node:crypto'
import type { Instant } from '../domain/interval.ts'
import { isForReceiver, receiverOf } from '../domain/outbox-message.ts'
import { plural, quoted } from '../domain/text.ts'
import type { Outbox, PendingMessage } from '../store/port.ts'
import { writeTime } from '../wire/time.ts'
import { CliError } from './cli-error.ts'
import type { CommandResult } from './outcome.ts'
import { textTable } from './text-table.ts'

/** Messages that are retried or dropped concurrently: their commits share a flush. */
const CONCURRENCY = 20
/** Characters of an id: a hash of what identifies a message. */
const ID_LENGTH = 12
/** The most messages that `list` prints. */
export const MAX_LISTED = 10_000

/** Which messages: those with the ids, or those with all the other properties. */
export interface Selection {
  readonly ids: readonly string[]
  /** Only those that have failed. */
  readonly failed: boolean
  /** Only those to this receiver. */
  readonly receiver: string | undefined
  /** The receivers that are configured. */
  readonly configured: readonly string[]
}

/** What to do with the messages. */
export type OutboxAction = 'retry' | 'drop'
const DONE = { retry: 'retried', drop: 'dropped' } as const

/** Prints the messages of an outbox, the oldest first, at most `limit`. */
export async function listMessages(
  outbox: Outbox,
  selection: Selection,
  { store, limit, now }: { readonly store: string; readonly limit: number; readonly now: Instant },
): Promise<CommandResult> {
  if (!(Number.isInteger(limit) && limit > 0 && limit <= MAX_LISTED))
    throw new CliError('usage', `--limit takes a whole number from 1 to ${MAX_LISTED}.`)
  let oldest: PendingMessage[] = []
  const counts = { waiting: 0, failed: 0 }
  for await (const messages of selected(outbox, selection)) {
    for (const { failedAt } of messages) counts[failedAt === undefined ? 'waiting' : 'failed'] += 1
    oldest.push(...messages)
    if (oldest.length >= 2 * limit) oldest = oldestOf(oldest, limit)
  }
  const messages = oldestOf(oldest, limit).map(wireMessage)
  const rows = messages.map((one) => [
    one.id,
    one.to,
    quoted(one.event_id),
    String(one.revision),
    String(one.attempts),
    one.written,
    one.failed === null ? (one.due ?? 'now') : `failed ${one.failed}`,
  ])
  const heading = ['id', 'to', 'event', 'revision', 'attempts', 'written', 'due']
  const table = rows.length === 0 ? '' : textTable([heading, ...rows], new Set([3, 4]))
  const left = counts.waiting + counts.failed - messages.length
  const more = left > 0 ? `and ${left} more\n` : ''
  const text = `${table}${more}${plural(counts.waiting, 'message')} to deliver, ${counts.failed} failed\n`
  return { report: { store, at: writeTime(now), messages, ...counts }, text }
}

const oldestOf = (messages: readonly PendingMessage[], limit: number) =>
  messages.toSorted((a, b) => a.writtenAt - b.writtenAt || a.revision - b.revision).slice(0, limit)

/** A message as `--json` prints it. */
function wireMessage(pending: PendingMessage) {
  const { message, revision, attempts, writtenAt, due, failedAt } = pending
  return {
    id: idOf(pending),
    to: receiverOf(message) ?? 'projects service',
    event_id: message.reservation,
    revision,
    attempts,
    written: writeTime(writtenAt),
    due: due === 0 || failedAt !== undefined ? null : writeTime(due),
    failed: failedAt === undefined ? null : writeTime(failedAt),
  }
}

/** The same for a message as long as it is in the outbox. */
function idOf({ message, revision }: PendingMessage): string {
  const { reservation } = message
  const identity = isForReceiver(message)
    ? [message.receiver, reservation, revision]
    : [reservation, message.project.name, message.project.createdAt]
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, ID_LENGTH)
}

/**
 * In pages, in no order.
 * @throws CliError `usage` at the end if the receiver is not configured and has no messages
 */
async function* selected(outbox: Outbox, selection: Selection): AsyncGenerator<PendingMessage[]> {
  const { ids, failed, receiver, configured } = selection
  const wanted = new Set(ids)
  const known = new Set(configured)
  for await (const messages of outbox.messages()) {
    for (const { message } of messages) if (isForReceiver(message)) known.add(message.receiver)
    yield messages.filter(
      (one) =>
        (wanted.size === 0 || wanted.has(idOf(one))) &&
        (!failed || one.failedAt !== undefined) &&
        (receiver === undefined || receiverOf(one.message) === receiver),
    )
  }
  if (receiver !== undefined && !known.has(receiver)) throw unknownReceiver(receiver, [...known])
}

function unknownReceiver(receiver: string, known: readonly string[]): CliError {
  const others = known.length === 0 ? 'there are none' : `there are ${known.toSorted().join(', ')}`
  return new CliError('usage', `There is no receiver ${quoted(receiver, 64)}; ${others}.`)
}

/**
 * Retries or drops messages, page by page.
 * @throws CliError `usage` if none are named, or a receiver that there is not
 */
export async function changeMessages(
  outbox: Outbox,
  action: OutboxAction,
  selection: Selection,
  store: string,
): Promise<CommandResult> {
  if (selection.ids.length === 0 && !selection.failed && selection.receiver === undefined)
    throw new CliError('usage', 'Name messages by their ids, or use --failed or --receiver.')
  const missing = new Set(selection.ids)
  let count = 0
  const change = async (one: PendingMessage) => {
    // One that was delivered meanwhile is missing too.
    if (!(await outbox[action](one))) return
    count += 1
    missing.delete(idOf(one))
  }
  for await (const messages of selected(outbox, selection))
    for (let from = 0; from < messages.length; from += CONCURRENCY)
      await Promise.all(messages.slice(from, from + CONCURRENCY).map(change))
  const notFound = [...missing].map((id) => `There is no message ${quoted(id)}.\n`).join('')
  return {
    hasProblems: missing.size > 0,
    report: { store, [DONE[action]]: count, missing: [...missing] },
    text: `${notFound}${plural(count, 'message')} ${DONE[action]}\n`,
  }
}
