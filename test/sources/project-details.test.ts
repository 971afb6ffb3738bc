import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Project } from '../../src/domain/project.ts'
import { detailsFinder, type ProjectDetails } from '../../src/sources/project-details.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const projects = (count: number, name = 'p'): Project[] =>
  Array.from({ length: count }, (_, n) => ({ name: `${name}${n}`, createdAt: '1' }))
const [expected] = projects(1, 'wanted') as [Project]

/** A service whose answers the test controls. */
function service() {
  const requested = new Map<string, (details: ProjectDetails | undefined) => void>()
  const find = detailsFinder(({ name }) => new Promise((resolve) => requested.set(name, resolve)))
  const answer = async (name: string) => {
    await vi.advanceTimersByTimeAsync(0)
    requested.get(name)?.({ name })
    await vi.advanceTimersByTimeAsync(0)
  }
  return { requested, find, answer }
}

it('a project is still requested if one call timed out but another waits for it', async () => {
  const { requested, find, answer } = service()
  // All permits are in use.
  const others = [find(projects(10, 'a')), find(projects(10, 'b'))]
  const early = find([expected])
  await vi.advanceTimersByTimeAsync(4000)
  expect(requested.has('wanted0')).toBe(false)
  const late = find([expected])
  await vi.advanceTimersByTimeAsync(1000)
  // That call has timed out without an answer.
  expect(await early).toEqual([undefined])
  await answer('a0')
  expect(requested.has('wanted0')).toBe(true)
  await answer('wanted0')
  expect(await late).toEqual([{ name: 'wanted0' }])
  await vi.advanceTimersByTimeAsync(5000)
  await Promise.all(others)
})

it('a project is not requested if all calls timed out, but again for the next call', async () => {
  const { requested, find, answer } = service()
  const others = [find(projects(10, 'a')), find(projects(10, 'b'))]
  const lists = [find([expected]), find([expected])]
  await vi.advanceTimersByTimeAsync(5000)
  await Promise.all([...others, ...lists])
  await answer('a0')
  expect(requested.has('wanted0')).toBe(false)
  const next = find([expected])
  await vi.advanceTimersByTimeAsync(0)
  await answer('wanted0')
  expect(await next).toEqual([{ name: 'wanted0' }])
})

it('projects that were not requested are marked so, unless the service is down', async () => {
  const { find, answer } = service()
  const slow = find(projects(12))
  await answer('p0')
  await vi.advanceTimersByTimeAsync(5000)
  expect(await slow).toEqual([{ name: 'p0' }, ...Array.from({ length: 10 }, () => undefined), 'not_requested'])

  const down = service()
  const silent = down.find(projects(12))
  await vi.advanceTimersByTimeAsync(5000)
  expect(await silent).toEqual(Array.from({ length: 12 }, () => undefined))

  const unknowing = detailsFinder(async () => undefined)
  expect((await unknowing(projects(201))).at(-1)).toBe('not_requested')
  const gone = detailsFinder(() => Promise.reject(new Error('down')))
  expect((await gone(projects(201))).at(-1)).toBe(undefined)
})
