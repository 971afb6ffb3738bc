import { Failure } from '../../domain/failure.ts'
import type { Instant } from '../../domain/interval.ts'
import { plainOf } from './attributes.ts'
import { STATE } from './keys.ts'
import type { Requests } from './requests.ts'

/** Whether a table's sheets say all that stands, are being built, or have never been. */
export type State = 'built' | 'building' | 'none'

/** For so many seconds it is believed that sheets are still in force. Whoever builds them again waits longer before. */
const BELIEVED = 5
/** That belief, and then the longest that a change takes. */
export const FENCE_MS = 30_000

export type SheetsState = ReturnType<typeof stateOf>

/**
 * Whether a table's sheets are in force, and the saying so.
 * @param now the real clock: one that measures how long something took stands still while a function is frozen
 */
export function stateOf(requests: Requests, now: () => Instant) {
  let builtAt = -Infinity

  async function read(): Promise<State> {
    const asked = now()
    if (asked - builtAt < BELIEVED) return 'built'
    const item = await requests.get(STATE)
    const state = item ? (plainOf(item)['state'] as State) : 'none'
    if (state === 'built') builtAt = asked
    return state
  }

  async function write(state: State): Promise<void> {
    builtAt = -Infinity
    await requests.update(STATE, {
      UpdateExpression: 'SET #state = :state',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':state': { S: state } },
    })
  }

  return {
    read,
    write,
    /** Whether nothing has ever been kept in the table. */
    isNew: () => isEmpty(requests),
    /** @throws Failure `unavailable` where nothing may be written yet */
    async assertWritable(): Promise<void> {
      if ((await read()) === 'built') return
      if (await isEmpty(requests)) return write('built')
      // Whoever found the table empty a moment ago has said so before writing anything to it.
      const state = await read()
      if (state !== 'built') throw new Failure('unavailable', UNBUILT[state])
    },
  }
}

const COMMAND = 'npx photonranch-calendar sheets rebuild'
const UNBUILT = {
  none: `The calendar can be read but not changed yet: the sheets of its table have to be built first, with ${COMMAND}.`,
  building: `The calendar can be read but not changed just now: the sheets of its table are being built. If nobody is at it, run ${COMMAND}.`,
} as const

/** Nothing has ever been kept in a new table, so its sheets say all that stands. */
async function isEmpty(requests: Requests): Promise<boolean> {
  for await (const items of requests.scan({ Limit: 2 })) return items.every((item) => item['event_id']?.S === STATE.event_id)
  return true
}
