import { afterAll, expect, it } from 'vitest'
import { byPosition } from '../../src/store/sqlite/by-position.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'

const db = openDatabase(':memory:')
afterAll(() => db.close())

it('passes each parameter by its name, also one that is named twice', () => {
  const statement = byPosition(db, 'SELECT :b, :a, +:b')
  expect(statement.get({ a: 1, b: null, c: 3 })).toEqual([null, 1, null])
  expect(statement).toMatchObject({ source: 'SELECT :b, :a, +:b', reader: true })
})

it('rejects parameters of which one is missing', () => {
  const statement = byPosition(db, 'INSERT INTO feed (event_id, site) VALUES (:id, :site)')
  expect(() => statement.run({ id: 'x' })).toThrow('Missing named parameter "site"')
  expect(statement.run({ id: 'x', site: null })).toMatchObject({ changes: 1 })
})
