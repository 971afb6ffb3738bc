import { expect, it } from 'vitest'
import { sorted } from '../../src/store/long-lists.ts'

it('a long list sorts ids by their bytes, as SQLite does in short lists', async () => {
  const ids = ['\u{1f52d}', '\ufffd', 'é', 'z', 'a']
  const entries = ids.map((id) => ({ sortKey: 0, id, value: id }))
  const byBytes = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  expect((await sorted(entries)).map(({ value }) => value)).toEqual(byBytes)
  expect(byBytes).not.toEqual(ids.toSorted())
})
