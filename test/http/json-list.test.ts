import { expect, it } from 'vitest'
import { jsonList } from '../../src/http/json-list.ts'

const read = async (items: readonly string[]) =>
  JSON.parse(new TextDecoder().decode(await jsonList(items, (item) => item))) as unknown

it('a JSON list of any length is the array of its encoded items', async () => {
  const items = Array.from({ length: 30 }, (_, n) => `${n} ${'漢'.repeat(30_000)}`)
  for (const some of [[], items.slice(0, 1), items]) expect(await read(some)).toEqual(some)
})

it('a JSON list of more than 32 MB, in bytes and not characters, is rejected', async () => {
  await expect(read(Array.from({ length: 110 }, () => '漢'.repeat(100_000)))).rejects.toMatchObject({
    code: 'too_large',
  })
  expect(await read(Array.from({ length: 110 }, () => 'k'.repeat(100_000)))).toHaveLength(110)
})
