import { Failure } from '../../domain/failure.ts'
import { plainOf } from './attributes.ts'
import { STATE } from './items.ts'
import type { Requests } from './requests.ts'

/** Whether a table's day items say all that stands, are being built, are to be once all has been taken over, or have never been. */
export type IndexState = 'built' | 'building' | 'adopting' | 'none'

/** For so many seconds it is believed that day items are still in force. Whoever builds them again waits longer before. */
const TRUST_SECONDS = 5
/** That belief, and then the longest that a change takes from its start to its last try's end. */
export const FENCE_MS = 40_000

export type DayIndexState = ReturnType<typeof openDayIndexState>

/**
 * Whether a table's day items are in force, and the saying so.
 * @param elapsed seconds that have gone by: as nobody sets them, and counted while a function is frozen too
 */
export function openDayIndexState(requests: Requests, elapsed: () => number) {
  let builtAt = -Infinity

  async function readItem(): Promise<{ state: IndexState; by: string | undefined }> {
    const item = await requests.get(STATE)
    const { state = 'none', by } = (item ? plainOf(item) : {}) as { state?: IndexState; by?: string }
    return { state, by }
  }

  async function read(): Promise<IndexState> {
    const askedAt = elapsed()
    if (askedAt - builtAt < TRUST_SECONDS) return 'built'
    const { state } = await readItem()
    if (state === 'built') builtAt = askedAt
    return state
  }

  /** @param only under which condition; without it, whatever stands there */
  async function write(state: IndexState, by: string, only?: string): Promise<void> {
    builtAt = -Infinity
    await requests.update(STATE, {
      UpdateExpression: 'SET #state = :state, #by = :by',
      ExpressionAttributeNames: { '#state': 'state', '#by': 'by' },
      ExpressionAttributeValues: { ':state': { S: state }, ':by': { S: by } },
      ...(only && { ConditionExpression: only }),
    })
  }

  return {
    read,
    /** Whether nothing has ever been kept in the table. */
    isNew: () => isEmpty(requests),
    /** From now on the day items are not in force, but the work of whoever has this token. */
    begin: (state: 'building' | 'adopting', token: string) => write(state, token),
    /** @throws Failure `conflict` when somebody else has begun since */
    async assertMine(token: string): Promise<void> {
      if ((await readItem()).by !== token) throw new Failure('conflict', 'Somebody else has begun to build the day items of this table; let them.')
    },
    /** In force, if nobody else has begun since. @throws Failure `conflict` otherwise */
    async finish(token: string): Promise<void> {
      await write('built', token, '#by = :by')
      const { state, by } = await readItem()
      if (state !== 'built' || by !== token) throw new Failure('conflict', 'Somebody else has begun to build the day items of this table; let them.')
    },
    /** Why nothing may be written just now, in a few words; undefined where it may. */
    async unwritable(): Promise<string | undefined> {
      if ((await read()) === 'none' && (await isEmpty(requests))) return undefined
      // Whoever was the first to write a moment ago has said so before.
      const state = await read()
      return state === 'built' ? undefined : REASON[state]
    },
    /** @throws Failure `unavailable` where nothing may be written yet */
    async assertWritable(): Promise<void> {
      if ((await read()) === 'built') return
      if ((await readItem()).state === 'none' && (await isEmpty(requests))) await write('built', 'new', 'attribute_not_exists(#state)')
      // Whoever found the table empty a moment ago has said so before writing anything to it.
      const state = await read()
      if (state !== 'built') throw new Failure('unavailable', NOT_BUILT_MESSAGES[state])
    },
  }
}

const COMMAND = 'npx photonranch-calendar day-index rebuild'
const NOT_BUILT_MESSAGES = {
  none: `The calendar can be read but not changed yet: the day items of its table have to be built first, with ${COMMAND}.`,
  building: `The calendar can be read but not changed just now: the day items of its table are being built. If nobody is at it, run ${COMMAND}.`,
  adopting: 'The calendar can be read but not changed yet: its table is taking over another store. If nobody is at it, migrate again.',
} as const

const REASON = {
  none: 'its day items have to be built first',
  building: 'its day items are being built',
  adopting: 'it is taking over another store',
} as const

/** Nothing has ever been kept in a new table, so its day items say all that stands. */
async function isEmpty(requests: Requests): Promise<boolean> {
  for await (const items of requests.scan({ Limit: 2 })) {
    if (items.some((item) => item['event_id']?.S !== STATE.event_id)) return false
  }
  return true
}
