import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf } from '../../src/store/dossier.ts'
import type { Dossier, Store } from '../../src/store/store.ts'
import { dossiersOf, furnish } from '../furnished.ts'
import { memoryStore } from '../world.ts'

const hex = (dossier: Dossier) => digestOf(dossier).toString('hex')

const LISTS = ['standing', 'messages'] as const

/** The same value with the fields of all its objects in another order. */
function turned<T>(value: T): T {
  if (Array.isArray(value)) return value.map(turned) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).toReversed().map(([key, inner]) => [key, turned(inner)])) as T
}

/** Every value that differs from a value in one place. */
function* changed(value: unknown): Generator {
  if (typeof value === 'string') yield `${value} `
  else if (typeof value === 'number') yield value + 1
  else if (typeof value === 'boolean') yield !value
  else if (value === null) yield 0
  else if (Array.isArray(value)) {
    yield [...(value as unknown[]), null]
    for (const [index, inner] of value.entries()) for (const other of changed(inner)) yield value.with(index, other) as unknown
  } else if (typeof value === 'object') {
    const entries = Object.entries(value)
    for (const [index, [key, inner]] of entries.entries()) {
      yield Object.fromEntries(entries.toSpliced(index, 1))
      for (const other of changed(inner)) yield Object.fromEntries(entries.with(index, [key, other]))
    }
  }
}

describe('the digest of a dossier', () => {
  let store: Store
  let dossiers: Dossier[]
  beforeAll(async () => {
    store = memoryStore()
    await furnish(store)
    dossiers = [...(await dossiersOf(store)).values()]
  })
  afterAll(() => store.close())

  it('does not depend on the order in which a store gives fields, rows, nor messages', () => {
    for (const one of dossiers) {
      const [standing, messages] = [turned(one.standing.toReversed()), turned(one.messages.toReversed())]
      expect(hex({ ...turned(one), standing, messages })).toBe(hex(one))
    }
  })

  it('differs where anything differs', () => {
    for (const one of dossiers) {
      // As every store has it: what is undefined is not there.
      const [digest, written] = [hex(one), JSON.parse(JSON.stringify(one)) as Dossier]
      const others = [...changed(written)].filter((other) => LISTS.every((list) => Array.isArray((other as Dossier)[list]))) as Dossier[]
      expect(others.length).toBeGreaterThan(5)
      expect(others.filter((other) => hex(other) === digest)).toEqual([])
    }
  })

  it('tells the order of revisions', () => {
    const one = dossiers.find(({ id }) => id === 'told') as Dossier
    expect(hex({ ...one, history: one.history.toReversed() })).not.toBe(hex(one))
  })
})
