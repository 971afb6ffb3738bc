import { expect, it } from 'vitest'
import { updateIdHistory } from '../../src/service/id-history.ts'
import { extendLineages, type Lineage } from '../../src/domain/lineage.ts'
import type { Revision } from '../../src/domain/reservation.ts'
import type { Snapshot } from '../../src/store/port.ts'
import { ada, TODAY, proposed } from '../context.ts'

const reservation = proposed()
const revision = (number: number): Revision => ({
  id: reservation.id,
  number,
  at: TODAY,
  by: ada.id,
  via: 'amend',
  before: number > 1 ? reservation : undefined,
  after: reservation,
  overlapping: [],
})

/** What a change sees of an id that has `last` revisions, of which one chunk of the history holds those up to `chunkEnd`. */
const snapshotOf = (last: number, chunkEnd: number): Snapshot => ({
  rows: () => [],
  overlapping: [],
  isComplete: true,
  ofObservers: [],
  largestSize: () => 0,
  nextRevision: () => last + 1,
  history: (_, { after = 0 } = {}) =>
    [1, 2, 3, 4, 5].filter((number) => number > after && number <= chunkEnd).map(revision),
})

const lineages: Lineage[] = []
extendLineages(lineages, revision(1))
const known = { upTo: 1, lineages }

it('adds the revisions that were committed since it was read', () => {
  const updated = updateIdHistory(reservation.id, known, snapshotOf(3, 3))
  expect(updated).toMatchObject({ upTo: 3, lineages: [{ revisions: new Set([1, 2, 3]) }] })
  expect(known.lineages[0]?.revisions).toEqual(new Set([1]))
})

it('is the same if there are none', () => {
  expect(updateIdHistory(reservation.id, known, snapshotOf(1, 1))).toBe(known)
})

it('must be read again if they are more than one chunk', () => {
  expect(updateIdHistory(reservation.id, known, snapshotOf(5, 3))).toBeUndefined()
})
