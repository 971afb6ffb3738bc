import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Line, lineOf, readRows } from '../../src/cli/export-lines.ts'
import type { Json } from '../../src/domain/reservation.ts'
import { proposed } from '../context.ts'
import { folder } from './folder.ts'

const NOTHING = Readable.from([])

async function allOf(path: string, input = NOTHING): Promise<Line[]> {
  const lines: Line[] = []
  for await (const line of (await readRows(path, input)).lines) lines.push(line)
  return lines
}

async function linesOf(content: string | Uint8Array, name = 'rows.jsonl'): Promise<Line[]> {
  const file = folder()(name)
  writeFileSync(file, content)
  return (await allOf(file)).map(
    (line) =>
      Object.fromEntries(Object.entries(line).filter(([key]) => key !== 'file' && key !== 'size')) as unknown as Line,
  )
}

const oneRow = async (text: string) => (await linesOf(text))[0]

describe('reading an export', () => {
  it('accepts plain objects and typed items, blank lines and any line endings', async () => {
    const text = '{"event_id":"a"}\r\n\n  \n{"Item":{"event_id":{"S":"b"},"list":{"L":[{"N":"1.50"},{"NULL":true}]}}}'
    expect(await linesOf(text)).toEqual([
      { number: 1, row: { event_id: 'a' } },
      { number: 4, row: { event_id: 'b', list: [1.5, null] } },
    ])
  })

  it('detects gzip by content, whatever the file name', async () => {
    expect(await linesOf(gzipSync('{"event_id":"a"}\n'))).toEqual([{ number: 1, row: { event_id: 'a' } }])
    expect(await linesOf('{"event_id":"a"}\n', 'plain.gz')).toHaveLength(1)
  })

  it('splits lines at newlines only, wherever chunks end', async () => {
    const texts = Array.from({ length: 3000 }, (_, number) => ({
      event_id: `${number}`,
      title: `\u2028 観測 ${'x'.repeat(number % 97)}`,
    }))
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
  ])('continues after a broken line', async (broken, why) => {
    const lines = await linesOf(`${broken}\n{"event_id":"b"}`)
    expect(lines).toMatchObject([
      { number: 1, broken: why },
      { number: 2, row: { event_id: 'b' } },
    ])
  })

  it('continues after a line that is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n{"event_id":"b"}')])
    expect(await linesOf(bytes)).toMatchObject([{ broken: 'the line is not JSON' }, { row: { event_id: 'b' } }])
  })

  it.each(['12345678901234567890', '0.12345678901234567890123', '1e400', 'seven', '9007199254740993'])(
    'rejects the typed number %s instead of rounding it',
    async (number) => {
      const line = await oneRow(`{"Item":{"event_id":{"S":"a"},"x":{"M":{"y":{"N":"${number}"}}}}}`)
      expect(line).toEqual({ number: 1, id: 'a', broken: 'it holds a number that cannot be stored exactly' })
    },
  )

  it.each(['9007199254740993', '1e400', '-1e999', '123456789012345678901'])(
    'rejects the plain number %s instead of rounding it',
    async (number) => {
      expect(await oneRow(`{"event_id":"a","x":[${number}]}`)).toEqual({
        number: 1,
        id: 'a',
        broken: 'it holds a number that cannot be stored exactly',
      })
    },
  )

  it.each(['1e300', '9007199254740991', '0.1', '12345678901234567000', '-0'])(
    'accepts the plain number %s',
    async (number) => {
      expect(await oneRow(`{"event_id":"a","x":[${number}]}`)).toMatchObject({ row: { x: [Number(number)] } })
    },
  )

  it.each([
    '{"event_id":"a","x":"\\ud800"}',
    '{"event_id":"a","\\udc00":1}',
    '{"Item":{"event_id":{"S":"a"},"x":{"L":[{"S":"\\ud83d"}]}}}',
  ])('rejects an unpaired surrogate: %s', async (text) => {
    expect(await oneRow(text)).toEqual({ number: 1, id: 'a', broken: 'it holds half a surrogate pair' })
  })

  it('accepts a byte order mark, and a last line without a newline', async () => {
    for (const end of ['', '\n', '\r\n', '\n\n\n'])
      expect(await linesOf(`\u{feff}{"event_id":"a"}${end}`)).toEqual([{ number: 1, row: { event_id: 'a' } }])
  })

  it('reports the last line of a truncated file as cut off, and no other line', async () => {
    expect(await linesOf('{"event_id":"a"\n{"event_id":"b')).toEqual([
      { number: 1, id: undefined, broken: 'the line is not JSON' },
      { number: 2, id: undefined, broken: 'the file ends in the middle of the line' },
    ])
  })

  it('returns no lines for an empty file', async () => {
    for (const nothing of ['', '\n\n', gzipSync('')]) expect(await linesOf(nothing)).toEqual([])
  })

  it.each(['7', '-0.5', '1E+2', '0.30000000000000004', '0', '-12.50', '1e-7'])(
    'accepts the typed number %s',
    async (number) => {
      expect(await oneRow(`{"Item":{"x":{"N":"${number}"}}}`)).toMatchObject({ row: { x: Number(number) } })
    },
  )

  it('turns DynamoDB sets into arrays', async () => {
    expect(await oneRow('{"Item":{"x":{"SS":["a","b"]},"y":{"NS":["1"]}}}')).toMatchObject({
      row: { x: ['a', 'b'], y: [1] },
    })
  })

  it('returns what lineOf has written', async () => {
    const deep = Array.from({ length: 31 }).reduce<Json>((inner) => ({ inner }), 1)
    const extra = { deep, constructor: { name: 'Set' }, big: 1e300, half: 0.5, list: [[], {}, null, true, ''] }
    expect(await oneRow(lineOf(proposed({ id: 'a', extra })))).toMatchObject({ row: { event_id: 'a', ...extra } })
  })

  it.each(['nowhere.jsonl', '.'])('names a file that cannot be opened: %s', async (name) => {
    await expect(readRows(folder()(name), NOTHING)).rejects.toMatchObject({
      name: 'CliError',
      message: expect.stringContaining(name),
    })
  })

  it('rejects if compressed data are truncated', async () => {
    const text = Array.from({ length: 20_000 }, () => JSON.stringify({ event_id: crypto.randomUUID() })).join('\n')
    const whole = gzipSync(text)
    await expect(linesOf(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({ code: 'broken_file' })
  })

  it('reads gzip from standard input in chunks of any size', async () => {
    const bytes = gzipSync('{"event_id":"a"}\n{"event_id":"b"}\n')
    for (const size of [1, 2, 3, 1000]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      )
      expect(await allOf('-', Readable.from(chunks)), String(size)).toHaveLength(2)
    }
  })
})

describe('reading the folder of an export by DynamoDB', () => {
  const item = (id: string) => `{"Item":{"event_id":{"S":"${id}"}}}\n`
  const manifest = (...names: string[]) =>
    names.map((name) => `${JSON.stringify({ itemCount: 1, dataFileS3Key: `AWSDynamoDB/01/data/${name}` })}\n`).join('')
  function exported(files: Record<string, string | Uint8Array>): string {
    const at = folder()
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(at(name)), { recursive: true })
      writeFileSync(at(name), content)
    }
    return at('.')
  }
  it('returns the lines of all files, each with its file and number', async () => {
    const path = exported({
      'manifest-summary.json': '{}',
      'manifest-files.json': manifest('b.json.gz', 'a.json.gz'),
      'data/a.json.gz': gzipSync(item('one')),
      'data/b.json.gz': gzipSync(`${item('two')}{`),
    })
    expect(await allOf(path)).toMatchObject([
      { file: 'a.json.gz', number: 1, row: { event_id: 'one' } },
      { file: 'b.json.gz', number: 1, row: { event_id: 'two' } },
      { file: 'b.json.gz', number: 2, broken: 'the file ends in the middle of the line' },
    ])
    expect(await allOf(`${path}/data`)).toHaveLength(3)
  })

  it('takes no manifest beside the data for data', async () => {
    const path = exported({ 'manifest-summary.json': '{}', 'a.json.gz': gzipSync(item('one')) })
    expect(await allOf(path)).toMatchObject([{ file: undefined, row: { event_id: 'one' } }])
  })

  it('rejects before reading if a file of the manifest is missing', async () => {
    const path = exported({
      'manifest-files.json': manifest('a.json.gz', 'b.json.gz'),
      'data/a.json.gz': gzipSync(item('one')),
    })
    await expect(readRows(path, NOTHING)).rejects.toMatchObject({
      code: 'not_there',
      message: expect.stringContaining('data/b.json.gz is not there, and the manifest of '),
    })
  })

  it('rejects a malformed manifest, and a folder without data files', async () => {
    await expect(
      readRows(exported({ 'manifest-files.json': '{}', 'data/a.json.gz': '' }), NOTHING),
    ).rejects.toMatchObject({ code: 'broken_file' })
    await expect(readRows(exported({ 'data/a.ion.gz': '' }), NOTHING)).rejects.toMatchObject({ code: 'not_an_export' })
  })

  it('names the file whose compressed data are damaged', async () => {
    const path = exported({
      'data/a.json.gz': gzipSync(item('one')),
      'data/b.json.gz': gzipSync(item('two')).subarray(0, 20),
    })
    await expect(allOf(path)).rejects.toMatchObject({
      code: 'broken_file',
      message: expect.stringMatching(/b\.json\.gz cannot be read to its end: the compressed data /),
    })
  })
})
