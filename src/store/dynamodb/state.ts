import { Failure } from '../../domain/failure.ts'
import { STATE } from './items.ts'
import type { ItemWrite } from './item-write.ts'
import type { Requests } from './requests.ts'

/** Whether the day items of a table agree with its rows; `none`: they have never been built. */
export type IndexState = 'built' | 'building' | 'importing' | 'none'

/** How long `built` is believed without reading it again, in seconds. */
const TRUST_SECONDS = 5
/** That, and the longest that a change takes from its start to the end of its last attempt. A rebuild waits for it. */
export const FENCE_MS = 40_000

const REASONS = {
  none: 'its day items have to be built first',
  building: 'its day items are being built',
  importing: 'it is taking over another store',
} as const

const REBUILD = 'npx photonranch-calendar day-index rebuild'
const REMEDIES = {
  none: `Run ${REBUILD}.`,
  building: `If no process is at it, run ${REBUILD}.`,
  importing: 'If no process is at it, migrate again.',
} as const

const readOnly = (state: keyof typeof REASONS) =>
  new Failure('unavailable', `The calendar can be read but not changed just now: ${REASONS[state]}. ${REMEDIES[state]}`)

interface StateOptions {
  /** Seconds of a monotonic clock that also counts while a function is frozen. */
  readonly elapsed: () => number
  readonly newToken: () => string
}

export type DayIndexState = ReturnType<typeof openDayIndexState>

// oxlint-disable-next-line max-lines-per-function -- short methods that share a cache
export function openDayIndexState(requests: Requests, { elapsed, newToken }: StateOptions) {
  let builtAt = -Infinity
  let builtBy = ''

  async function readItem(): Promise<{ state: IndexState; by: string | undefined }> {
    const item = await requests.get(STATE)
    return { state: (item?.['state']?.S ?? 'none') as IndexState, by: item?.['by']?.S }
  }

  async function read(): Promise<IndexState> {
    const askedAt = elapsed()
    if (askedAt - builtAt < TRUST_SECONDS) return 'built'
    const { state, by = '' } = await readItem()
    if (state === 'built') [builtAt, builtBy] = [askedAt, by]
    return state
  }

  /** The state of a table that is new becomes `built`. */
  async function readOrBegin(): Promise<IndexState> {
    if ((await read()) === 'none' && (await isEmpty())) await write('built', newToken(), { state: undefined })
    // Another process may have done the same meanwhile.
    return read()
  }

  async function write(state: IndexState, by: string, expected: ItemWrite['expected'] = {}): Promise<void> {
    builtAt = -Infinity
    await requests.write({ key: STATE, set: { state: { S: state }, by: { S: by } }, expected })
  }

  /** Whether the table holds nothing but its state. Then its day items agree with its rows. */
  async function isEmpty(): Promise<boolean> {
    for await (const items of requests.scan({ Limit: 2 })) {
      if (items.some((item) => item['event_id']?.S !== STATE.event_id)) return false
    }
    return true
  }

  /** @throws Failure `conflict` if another process has begun to build since */
  async function assertMine(token: string, expected?: IndexState): Promise<void> {
    const { state, by } = await readItem()
    if (by === token && (expected === undefined || state === expected)) return
    throw new Failure('conflict', 'Another process is building the day items of this table.')
  }

  return {
    read,
    isEmpty,
    assertMine,
    /** Takes the day items out of use. The process with this token builds them, until another one begins. */
    begin: (state: 'building' | 'importing', token: string) => write(state, token),
    /** Puts the day items into use. @throws Failure `conflict` if another process has begun to build since */
    async finish(token: string): Promise<void> {
      await write('built', token, { by: { S: token } })
      await assertMine(token, 'built')
    },
    /** Why nothing can be written now; undefined if it can. */
    async unwritable(): Promise<string | undefined> {
      if ((await read()) === 'none' && (await isEmpty())) return undefined
      // Another process may have written first meanwhile.
      const state = await read()
      return state === 'built' ? undefined : REASONS[state]
    },
    /** @throws Failure `unavailable` if nothing can be written now */
    async assertWritable(): Promise<void> {
      const state = await readOrBegin()
      if (state !== 'built') throw readOnly(state)
    },
    /** The token of the process that has built the day items: another one after each rebuild. Empty while they are not built. */
    async builtBy(): Promise<string> {
      return (await readOrBegin()) === 'built' ? builtBy : ''
    },
  }
}
