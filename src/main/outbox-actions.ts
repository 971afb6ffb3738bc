import { explainErrors } from '../cli/explain-error.ts'
import type { CommandResult } from '../cli/outcome.ts'
import { changeMessages, listMessages, type Selection, type OutboxAction } from '../cli/outbox.ts'
import { readSettings, type Settings } from '../ops/settings.ts'
import type { Action, Invocation } from './actions.ts'
import { type Io, reportTo } from './io.ts'
import { numberOf } from './number-option.ts'
import { displayNameOf, openReadOnly, openStore } from './stores.ts'
import { now } from './wiring.ts'

/** The options as Commander has them. */
interface OutboxOptions {
  readonly failed?: true
  readonly receiver?: string
  readonly limit?: string
}

const selectionOf = ({ args, options }: Invocation, { WEBHOOKS }: Settings): Selection => {
  const { failed, receiver } = options as OutboxOptions
  return { ids: args, failed: failed === true, receiver, configured: [...WEBHOOKS.keys()] }
}

export const listOutboxAction: Action = async (invocation, io) => {
  const settings = readSettings(io.environment)
  const name = displayNameOf(settings, settings.STORE)
  const store = await openReadOnly({ settings, report: reportTo(io) })
  const limit = numberOf('--limit', (invocation.options as OutboxOptions).limit) ?? NaN
  try {
    return await explainErrors(name, () =>
      listMessages(store.outbox, selectionOf(invocation, settings), { store: name, limit, now: now() }),
    )
  } finally {
    await store.close()
  }
}

export const retryOutboxAction: Action = (invocation, io) => change('retry', invocation, io)

export const dropOutboxAction: Action = (invocation, io) => change('drop', invocation, io)

async function change(action: OutboxAction, invocation: Invocation, io: Io): Promise<CommandResult> {
  const settings = readSettings(io.environment)
  const name = displayNameOf(settings, settings.STORE)
  return explainErrors(name, async () => {
    const store = await openStore({ settings, report: reportTo(io), create: false })
    try {
      await store.ping()
      return await changeMessages(store.outbox, action, selectionOf(invocation, settings), name)
    } finally {
      await store.close()
    }
  })
}
