import type { SiteCode } from '../../domain/site.ts'
import type { Cursor, LogPosition } from '../port.ts'

/** The log under which the positions of a cursor have the epoch of the table. Its number is {@link ALL_SITES} or 0. */
export const EPOCH = ''
/** A site without a position is at the beginning of its log. */
const ALL_SITES = 1

/** Positions in the logs of some sites, or of all that have one. */
export interface SitePositions {
  /** Changes when the day items are built anew, since that may find changes that are in no log. */
  readonly epoch: string
  readonly all: boolean
  readonly sites: ReadonlyMap<SiteCode, LogPosition>
}

export const cursorOf = ({ epoch, all, sites }: SitePositions): Cursor =>
  cursorAt(new Map([[EPOCH, { number: all ? ALL_SITES : 0, nonce: epoch }], ...sites]))

/** The cursor with positions, among which the epoch is. Its id is made when it is asked for. */
export function cursorAt(positions: Cursor['positions']): Cursor {
  let id: string | undefined
  return {
    positions,
    get id() {
      return (id ??= encode(positions))
    },
  }
}

/** As `a-epoch~site.number.nonce~…`, numbers in base 36, sorted by site. */
function encode(positions: Cursor['positions']): string {
  const { number: all, nonce: epoch } = positions.get(EPOCH) ?? { number: 0, nonce: '' }
  const sites = [...positions].filter(([site]) => site !== EPOCH).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const parts = sites.map(([site, { number, nonce }]) => `${encodeSite(site)}.${number.toString(36)}.${nonce}`)
  return [`${all === ALL_SITES ? 'a' : 's'}-${epoch}`, ...parts].join('~')
}

const encodeSite = (site: SiteCode) => encodeURIComponent(site).replaceAll('~', '%7E')

/** @returns undefined if it is not the id of a cursor */
export function parseCursor(id: string): SitePositions | undefined {
  const [head = '', ...parts] = id.split('~')
  const [, kind, epoch = ''] = /^([as])-([\w-]*)$/.exec(head) ?? []
  const positions = parts.map(parsePosition)
  const parsed = { epoch, all: kind === 'a', sites: new Map(positions.filter((one) => one !== undefined)) }
  // So a malformed id is none either.
  return cursorOf(parsed).id === id ? parsed : undefined
}

function parsePosition(text: string): readonly [SiteCode, LogPosition] | undefined {
  const [, site = '%', number = '', nonce = ''] = /^(.+)\.([0-9a-z]{1,9})\.([\w-]*)$/.exec(text) ?? []
  try {
    return [decodeURIComponent(site), { number: Number.parseInt(number, 36), nonce }]
  } catch {
    return undefined
  }
}
