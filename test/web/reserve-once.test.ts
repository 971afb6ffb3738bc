import { afterEach, expect, it, vi } from 'vitest'
import { ApiError, NetworkError } from '../../src/client/problem.ts'
import { newId } from '../../web/editor/new-id.ts'
import { reserveOnce } from '../../web/editor/reserve-once.ts'
import type { TestServer } from '../server.ts'
import { behindLossyProxy } from './lossy-proxy.ts'
import { at } from './sites.ts'

const proposed = { site: 'saf', start: at('2031-03-07T04:00Z'), end: at('2031-03-07T04:30Z'), title: 'M51' }

const stored = async (server: TestServer) =>
  (
    await server.post(
      'siteevents',
      { site: 'saf', start: '2031-03-06T19:00:00Z', end: '2031-03-07T19:00:00Z' },
      { as: 'ada' },
    )
  ).body

afterEach(() => void vi.unstubAllGlobals())

it('makes one reservation if the response was lost', async () => {
  const { server, calendar } = await behindLossyProxy(1)
  const reserve = reserveOnce(calendar, newId())
  await expect(reserve(proposed, {})).rejects.toThrow(NetworkError)
  expect((await reserve(proposed, {})).reservation).toMatchObject(proposed)
  expect(await stored(server)).toMatchObject([{ title: 'M51' }])
})

it('changes the reservation that was made to the values of the next call', async () => {
  const { server, calendar } = await behindLossyProxy(1)
  const reserve = reserveOnce(calendar, newId())
  await expect(reserve(proposed, {})).rejects.toThrow(NetworkError)
  const { reservation } = await reserve(
    { ...proposed, start: proposed.start + 900, end: proposed.end + 900, title: 'M82' },
    {},
  )
  expect(reservation).toMatchObject({ title: 'M82', start: proposed.start + 900 })
  expect(await stored(server)).toMatchObject([{ title: 'M82', start: '2031-03-07T04:15:00Z' }])
})

it('does not take over an id that is in use, if no response was lost', async () => {
  const { server, calendar } = await behindLossyProxy(0)
  const id = newId()
  await calendar.reserve(id, proposed)
  await expect(reserveOnce(calendar, id)({ ...proposed, title: 'M82' }, {})).rejects.toThrow(ApiError)
  expect(await stored(server)).toMatchObject([{ title: 'M51' }])
})

it('overrides a conflict if an admin asks for it', async () => {
  const { server, calendar } = await behindLossyProxy(0, 'grace')
  await server.post('newevent', { event_id: 'bo-1', site: 'saf', start: '2031-03-07T04:00:00Z' }, { as: 'bo' })
  const reserve = reserveOnce(calendar, newId())
  await expect(reserve(proposed, {})).rejects.toMatchObject({ code: 'conflict' })
  const { reservation, overlapping } = await reserve(proposed, { override: true })
  expect(overlapping.map(({ id }) => id)).toEqual(['bo-1'])
  await expect(calendar.amend(reservation, { end: proposed.end + 300 }, { override: true })).resolves.toMatchObject({
    reservation: { end: proposed.end + 300 },
  })
})

it('makes random UUIDs, also without crypto.randomUUID', () => {
  const { crypto } = globalThis
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
  const ids = Array.from({ length: 100 }, newId)
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(new Set(ids).size).toBe(100)
})
