import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf } from '../../src/store/archive-entry.ts'
import type { ArchiveEntry, Store } from '../../src/store/port.ts'
import { entriesOf, fillStore } from '../fixtures.ts'
import { memoryStore } from '../context.ts'

const hex = (entry: ArchiveEntry) => digestOf(entry).toString('hex')

const LISTS = ['reservations', 'messages'] as const

/** The same value with the fields of all its objects in another order. */
function turned<T>(value: T): T {
  if (Array.isArray(value)) return value.map(turned) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, turned(inner)]),
  ) as T
}

/** Every value that differs from a value in one place. */
function* changed(value: unknown): Generator {
  if (typeof value === 'string') yield `${value} `
  else if (typeof value === 'number') yield value + 1
  else if (typeof value === 'boolean') yield !value
  else if (value === null) yield 0
  else if (Array.isArray(value)) {
    yield [...(value as unknown[]), null]
    for (const [index, inner] of value.entries())
      for (const other of changed(inner)) yield value.with(index, other) as unknown
  } else if (typeof value === 'object') {
    const entries = Object.entries(value)
    for (const [index, [key, inner]] of entries.entries()) {
      yield Object.fromEntries(entries.toSpliced(index, 1))
      for (const other of changed(inner)) yield Object.fromEntries(entries.with(index, [key, other]))
    }
  }
}

describe('the digest of an archive entry', () => {
  let store: Store
  let entries: ArchiveEntry[]
  beforeAll(async () => {
    store = memoryStore()
    await fillStore(store)
    entries = [...(await entriesOf(store)).values()]
  })
  afterAll(() => store.close())

  it('does not depend on the order of fields, rows or messages', () => {
    for (const one of entries) {
      const [stored, messages] = [turned(one.reservations.toReversed()), turned(one.messages.toReversed())]
      expect(hex({ ...turned(one), reservations: stored, messages })).toBe(hex(one))
    }
  })

  it('differs if anything differs', () => {
    for (const one of entries) {
      // As every store has it: what is undefined is not there.
      const [digest, written] = [hex(one), JSON.parse(JSON.stringify(one)) as ArchiveEntry]
      const others = [...changed(written)].filter((other) =>
        LISTS.every((list) => Array.isArray((other as ArchiveEntry)[list])),
      ) as ArchiveEntry[]
      expect(others.length).toBeGreaterThan(5)
      expect(others.filter((other) => hex(other) === digest)).toEqual([])
    }
  })

  it('depends on the order of revisions', () => {
    const one = entries.find(({ id }) => id === 'told') as ArchiveEntry
    expect(hex({ ...one, history: one.history.toReversed() })).not.toBe(hex(one))
  })
})
