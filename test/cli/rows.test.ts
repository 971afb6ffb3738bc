import { writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Line, lineOf, readRows } from '../../src/cli/rows.ts'
import type { Json } from '../../src/domain/reservation.ts'
import { wish } from '../world.ts'
import { folder } from './folder.ts'

const NOTHING = Readable.from([])

async function linesOf(content: string | Uint8Array, name = 'rows.jsonl'): Promise<Line[]> {
  const file = folder()(name)
  writeFileSync(file, content)
  const lines: Line[] = []
  for await (const { file: _, size: __, ...line } of (await readRows(file, NOTHING)).lines) lines.push(line as Line)
  return lines
}

const oneRow = async (text: string) => (await linesOf(text))[0]

describe('an export', () => {
  it('may be plain objects or typed items, with blank lines and any line ends', async () => {
    const text = '{"event_id":"a"}\r\n\n  \n{"Item":{"event_id":{"S":"b"},"list":{"L":[{"N":"1.50"},{"NULL":true}]}}}'
    expect(await linesOf(text)).toEqual([
      { number: 1, row: { event_id: 'a' } },
      { number: 4, row: { event_id: 'b', list: [1.5, null] } },
    ])
  })

  it('may be compressed, whatever its name', async () => {
    expect(await linesOf(gzipSync('{"event_id":"a"}\n'))).toEqual([{ number: 1, row: { event_id: 'a' } }])
    expect(await linesOf('{"event_id":"a"}\n', 'plain.gz')).toHaveLength(1)
  })

  it('is cut at newlines alone, wherever the disk cuts it', async () => {
    const texts = Array.from({ length: 3000 }, (_, number) => ({ event_id: `${number}`, title: `\u2028 観測 ${'x'.repeat(number % 97)}` }))
    const lines = await linesOf(texts.map((text) => JSON.stringify(text)).join('\n'))
    expect(lines.map((line) => 'row' in line && line.row)).toEqual(texts)
  })

  it.each([
    ['{"creator": "vera@example.org"', 'the line is not JSON'],
    ['[1, 2]', 'the line is not a JSON object'],
    ['{"Item":{"event_id":{"S":"a"},"x":{"Q":"?"}}}', "its values are not of DynamoDB's types"],
    ['{"Item":{"event_id":{"S":"a"},"x":null}}', "its values are not of DynamoDB's types"],
    [`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'it is nested too deep'],
    [`{"a":"${'x'.repeat(5_000_000)}"}`, 'the line is too long'],
  ])('goes on after a broken line', async (broken, why) => {
    const lines = await linesOf(`${broken}\n{"event_id":"b"}`)
    expect(lines).toMatchObject([{ number: 1, broken: why }, { number: 2, row: { event_id: 'b' } }])
  })

  it('goes on after a line that is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n{"event_id":"b"}')])
    expect(await linesOf(bytes)).toMatchObject([{ broken: 'the line is not JSON' }, { row: { event_id: 'b' } }])
  })

  it.each(['12345678901234567890', '0.12345678901234567890123', '1e400', 'seven', '9007199254740993'])('does not round the number %s', async (number) => {
    const line = await oneRow(`{"Item":{"event_id":{"S":"a"},"x":{"M":{"y":{"N":"${number}"}}}}}`)
    expect(line).toEqual({ number: 1, id: 'a', broken: 'it holds a number that cannot be kept exactly' })
  })

  it('does not take a plain number past 2^53 either', async () => {
    expect(await oneRow('{"event_id":"a","x":[9007199254740993]}')).toMatchObject({ id: 'a', broken: expect.stringContaining('number') })
  })

  it.each(['7', '-0.5', '1E+2', '0.30000000000000004', '0', '-12.50', '1e-7'])('takes the number %s', async (number) => {
    expect(await oneRow(`{"Item":{"x":{"N":"${number}"}}}`)).toMatchObject({ row: { x: Number(number) } })
  })

  it('makes lists of sets', async () => {
    expect(await oneRow('{"Item":{"x":{"SS":["a","b"]},"y":{"NS":["1"]}}}')).toMatchObject({ row: { x: ['a', 'b'], y: [1] } })
  })

  it('is read back as it was written', async () => {
    const deep = Array.from({ length: 31 }).reduce<Json>((inner) => ({ inner }), 1)
    const extra = { deep, constructor: { name: 'Set' }, big: 1e300, half: 0.5, list: [[], {}, null, true, ''] }
    expect(await oneRow(lineOf(wish({ id: 'a', extra })))).toMatchObject({ row: { event_id: 'a', ...extra } })
  })

  it.each(['nowhere.jsonl', '.'])('that cannot be opened says so: %s', async (name) => {
    await expect(readRows(folder()(name), NOTHING)).rejects.toMatchObject({ name: 'Trouble', message: expect.stringContaining(name) })
  })

  it('that breaks off says so, after what it had', async () => {
    const text = Array.from({ length: 20_000 }, () => JSON.stringify({ event_id: crypto.randomUUID() })).join('\n')
    const whole = gzipSync(text)
    await expect(linesOf(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({ code: 'broken_file' })
  })
})
