import { expect, it } from 'vitest'
import { SiteImage, type WrittenRow } from '../../src/store/sqlite/site-image.ts'

const NO_TEXTS = { docs: null, masked: null }

const row = (id: string, start: number, end: number): WrittenRow => ({
  id,
  site: 'saf',
  start,
  end,
  observer: 'auth0|ada',
  kind: 'realtime',
  revision: 1,
  doc: `{"event_id":"${id}"}`,
  masked: null,
})

function imageOf(...rows: readonly WrittenRow[]) {
  const image = new SiteImage({ start: 100, end: 200 }, [], NO_TEXTS)
  for (const one of rows) image.put(one)
  return { image, idsIn: (start: number, end: number) => image.overlapping({ start, end }).map(({ id }) => id) }
}

it('of several rows with one start the one with the id is removed', () => {
  for (const [id, rest] of [
    ['a', ['b', 'c']],
    ['b', ['a', 'c']],
    ['c', ['a', 'b']],
    ['d', ['a', 'b', 'c']],
  ] as const) {
    const { image, idsIn } = imageOf(row('b', 110, 120), row('a', 110, 130), row('c', 110, 115))
    image.remove({ id, start: 110 })
    expect(idsIn(100, 200)).toEqual(rest)
  }
})

it('a row is replaced by its id and start, and is in no image that it only touches', () => {
  const { image, idsIn } = imageOf(
    row('a', 110, 120),
    row('b', 110, 120),
    row('before', 50, 100),
    row('after', 200, 300),
  )
  image.put(row('b', 110, 150))
  expect([idsIn(100, 200), idsIn(120, 121)]).toEqual([['a', 'b'], ['b']])
  const { bytes } = image
  image.put(row('before', 50, 100))
  image.put(row('after', 200, 300))
  expect(image.bytes).toBe(bytes)
})
