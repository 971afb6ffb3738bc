import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { COMMANDS } from '../../src/main/commands.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { eventOf } from '../../src/wire/event.ts'
import { sharedDynamo } from '../dynamodb.ts'
import { freePort } from '../process/calendar.ts'
import { proposed } from '../context.ts'
import { command, folder, LEGACY } from './folder.ts'

const KEY = 'c0ffee5eed0123456789abcdef0123456789abcdef0123456789abcdef012345'

let at: (name: string) => string
let environment: Record<string, string>
beforeEach(() => {
  at = folder()
  environment = { STORE: `sqlite:${at('calendar.db')}` }
})

const run = (...args: string[]) => command(environment, args)
const json = async (...args: string[]) => {
  const ended = await run(...args, '--json')
  return { ...ended, report: JSON.parse(ended.out) as Record<string, unknown> }
}
const line = (...overrides: Parameters<typeof proposed>) => `${JSON.stringify(eventOf(proposed(...overrides)))}\n`
/** A store with some rows in it. */
async function filled() {
  writeFileSync(at('rows.jsonl'), line({ id: 'one' }) + line({ id: 'two', site: 'mrc1' }))
  expect(await run('import', at('rows.jsonl'))).toMatchObject({
    code: EXIT.done,
    err: `${environment['STORE']} is not there: a new calendar is created.\n`,
  })
}
const files = () =>
  readdirSync(at('.'))
    .filter((name) => !/-(wal|shm)$/.test(name))
    .toSorted()

/** Every command with its required arguments. */
const WHOLE = [
  ['config'],
  ['token', '--as', 'ada'],
  ['demo-data'],
  ['import', 'rows.jsonl'],
  ['export', 'out.jsonl'],
  ['migrate', '--from', 'sqlite:a.db', '--to', 'sqlite:b.db'],
  ['backup', 'copy.db'],
  ['check'],
  ['free'],
  ['visibility', 'M31'],
  ['rules', 'saf'],
  ['events', 'saf'],
  ['reserve', 'saf', '2030-06-20T04:15Z'],
  ['cancel', 'm13'],
  ['feeds'],
  ['feeds', 'make'],
  ['feeds', 'revoke', '9f86d081884c7d65'],
  ['watch', 'saf'],
  ['sign-in'],
  ['outbox', 'list'],
  ['outbox', 'retry', '--failed'],
  ['outbox', 'drop', '--failed'],
  ['day-index', 'rebuild'],
  ['day-index', 'verify'],
]
/** These take any number of sites. */
const TAKE_SITES = ['free', 'visibility', 'events', 'watch']
/** These take any number of ids. */
const TAKE_IDS = ['retry', 'drop']
/** Groups of commands. */
const GROUPS = ['day-index', 'feeds', 'outbox']
/** The words that name the command. */
const nameIn = (args: readonly string[]) =>
  args.filter((word) => /^[a-z][a-z-]*$/.test(word)).slice(0, GROUPS.includes(args[0] ?? '') ? 2 : 1)
const here = (args: readonly string[]) =>
  args.map((word) => (/\.(jsonl|db)$/.test(word) ? word.replace(/[^:]+$/, at) : word))

it('WHOLE lists every command', () => {
  const named = WHOLE.map((args) => nameIn(args).join(' '))
  expect(new Set([...named, ...GROUPS, 'serve'])).toEqual(new Set(COMMANDS.map(({ name }) => name)))
})

describe.each(WHOLE)('%s', (...args) => {
  it('rejects unknown arguments in one sentence, and as JSON', async () => {
    const { code, err, report } = await json(...here(args), '--nonsense')
    expect([code, err]).toEqual([EXIT.usage, "Unknown option '--nonsense'. See --help.\n"])
    expect(report).toEqual({ error: { code: 'usage', message: err.trim() } })
    if (TAKE_SITES.includes(args[0] ?? '') || TAKE_IDS.includes(args[1] ?? '')) return
    const { code: again, out, err: output } = await run(...here(args), 'one', 'too many')
    expect([again, out]).toEqual([EXIT.usage, ''])
    const isGroup = COMMANDS.some(({ name }) => name.startsWith(`${args.join(' ')} `))
    expect(output).toMatch(
      isGroup ? /^Unknown command 'one'\. See --help\.\n$/ : /^Too many arguments for .* See --help\.\n$/,
    )
  })

  it('rejects invalid settings, and names each', async () => {
    environment = { ...environment, PORT: 'many', STAGE: 'moon', SERVICE_KEYS: `none-${KEY}` }
    writeFileSync(at('rows.jsonl'), line())
    const { code, err, report } = await json(...here(args))
    expect(code).toBe(EXIT.settings)
    expect(err).toMatch(/^These settings are wrong:\n {2}PORT must be .*\n {2}STAGE must be .*\n/)
    expect(report['error']).toMatchObject({
      code: 'settings',
      problems: [
        expect.stringMatching(/^PORT/),
        expect.stringMatching(/^STAGE/),
        expect.stringMatching(/^SERVICE_KEYS/),
      ],
    })
    expect(err + JSON.stringify(report)).not.toContain(KEY)
    expect(files()).toEqual(['rows.jsonl'])
  })

  it('prints help with an example to standard output', async () => {
    const { code, out, err } = await run(...nameIn(args), '--help')
    expect([code, err]).toEqual([EXIT.done, ''])
    expect(out).toMatch(/--json .*\n/)
    expect(out).toMatch(/\nExample:\n {2}.*photonranch-calendar /)
  })
})

describe('a missing file', () => {
  it.each([
    [['token', '--as', 'ada'], 'demo-identity.json is not there: the server makes that key when it starts.'],
    [['import', 'rows.jsonl'], 'rows.jsonl is not there.'],
    [['export', 'out.jsonl'], 'calendar.db is not there.'],
    [['migrate', '--from', 'sqlite:a.db', '--to', 'sqlite:b.db'], 'a.db is not there.'],
    [['migrate', '--from', 'sqlite:a.db', '--to', 'sqlite:b.db', '--dry-run'], 'a.db is not there.'],
    [['backup', 'copy.db'], 'calendar.db is not there.'],
    [['check'], 'calendar.db is not there.'],
    [['outbox', 'list'], 'calendar.db is not there.'],
    [['outbox', 'retry', '--failed'], 'calendar.db is not there.'],
    [['outbox', 'drop', '--failed'], 'calendar.db is not there.'],
  ])('is named by %s, which creates nothing', async (args, sentence) => {
    const { code, err, report } = await json(...here(args))
    expect([code, err.endsWith(`/${sentence}\n`), err.split('\n')]).toEqual([
      EXIT.unable,
      true,
      [expect.any(String), ''],
    ])
    expect(report).toEqual({ error: { code: 'not_there', message: err.trim() } })
    expect(files()).toEqual([])
  })
})

describe('the program', () => {
  it('lists the commands and every exit code', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(EXIT.done)
    for (const { name } of COMMANDS) if (!name.includes(' ')) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
    for (const exit of Object.values(EXIT)) expect(out).toMatch(new RegExp(`^  ${exit} +\\w`, 'm'))
  })

  it('suggests a command for an unknown one', async () => {
    expect(await run('chekc')).toEqual({
      code: EXIT.usage,
      out: '',
      err: "Unknown command 'chekc'. Did you mean check? See --help.\n",
    })
    const suggested = [
      ['feeds', 'mak', ' Did you mean make?'],
      ['outbox', 'lst', ' Did you mean list?'],
      ['feeds', 'everything', ''],
    ]
    for (const [group = '', word = '', suggestion = ''] of suggested)
      expect(await run(group, word)).toEqual({
        code: EXIT.usage,
        out: '',
        err: `Unknown command '${word}'.${suggestion} See --help.\n`,
      })
  })

  it('lists the commands as an error if no command is given', async () => {
    const { code, out, err } = await run()
    expect([code, out]).toEqual([EXIT.usage, ''])
    expect(err).toContain('Usage: photonranch-calendar')
    expect((await run('day-index')).code).toBe(EXIT.usage)
  })

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await run('--version')).toEqual({ code: EXIT.done, out: `${version}\n`, err: '' })
  })

  it('prints the stack of an error on request', async () => {
    expect((await run('check')).err).not.toContain(' at ')
    environment['LOG_LEVEL'] = 'debug'
    expect((await run('check')).err).toMatch(/\n {4}at /)
  })
})

describe('config', () => {
  it('prints every effective setting, and no secret', async () => {
    environment = { ...environment, AUTH_ISSUER: 'https://issuer.example.org', SERVICE_KEYS: `test:${KEY}` }
    const { code, out, err } = await run('config')
    expect([code, err]).toEqual([EXIT.done, ''])
    for (const one of [
      `STORE=${environment['STORE']}`,
      'STAGE=dev  (default)',
      'SERVICE_KEYS=***',
      'PROJECTS_URL=  (not set)',
    ])
      expect(out.split('\n')).toContain(one)
    const { report, out: text } = await json('config')
    expect(report['settings']).toMatchObject({
      STORE: { value: environment['STORE'], set: true },
      STAGE: { value: 'dev', set: false },
      PROJECTS_URL: { value: null, set: false },
      SERVICE_KEYS: { value: '***', set: true },
    })
    expect(out + text).not.toContain(KEY)
  })

  it('warns of variables whose names are similar to settings', async () => {
    environment['WRITE_GAURD'] = 'strict'
    expect(await run('config')).toMatchObject({
      code: EXIT.done,
      err: 'WRITE_GAURD is no setting; is WRITE_GUARD meant?\n',
    })
  })
})

describe('token', () => {
  it('names the demo users if the name is unknown', async () => {
    expect(await run('token', '--as', 'zoe')).toEqual({
      code: EXIT.usage,
      out: '',
      err: 'There is no zoe; there are ada, bo, cleo, grace.\n',
    })
    expect(await run('token', '--as', 'ada', '--hours', '-1')).toMatchObject({
      code: EXIT.usage,
      err: '--hours takes a number above 0, and -1 is none.\n',
    })
    expect(await run('token')).toMatchObject({
      code: EXIT.usage,
      err: "Required option '--as <name>' not specified. See --help.\n",
    })
  })

  it('is rejected if an issuer is configured', async () => {
    environment['AUTH_ISSUER'] = 'https://issuer.example.org'
    expect(await run('token', '--as', 'ada')).toMatchObject({
      code: EXIT.settings,
      err: expect.stringContaining('There is a real issuer'),
    })
  })

  it('reports a key file without a key', async () => {
    writeFileSync(at('demo-identity.json'), '{}')
    expect(await run('token', '--as', 'ada')).toMatchObject({
      code: EXIT.unable,
      err: expect.stringContaining(`${at('demo-identity.json')} does not hold a private RSA key`),
    })
  })
})

describe('serve', () => {
  it.each([
    ['AUTH_ISUER', 'https://issuer.example'],
    ['STAGE', 'prod'],
    ['TRUST_PROXY', '1'],
    ['SERVICE_KEYS', `test:${KEY}`],
    ['HOST', '0.0.0.0'],
  ])('rejects demo mode with %s=%s', async (name, value) => {
    environment[name] = value
    const { code, out, err } = await run('serve')
    expect([code, out, err]).toEqual([
      EXIT.settings,
      '',
      expect.stringMatching(new RegExp(`^These settings are wrong:\n  ${name}.* AUTH_ISSUER`)),
    ])
    expect(err).not.toContain(KEY)
  })

  it.each([
    [
      'the database of another program',
      (file: string) => void new Sqlite(file).exec('CREATE TABLE recipes (name TEXT)').close(),
      "holds no calendar: it is another program's.",
    ],
    [
      'a text',
      (file: string) => writeFileSync(file, 'Dear Ada, the dome is stuck again. '.repeat(100)),
      'is not a SQLite database.',
    ],
  ])('names a store file that is %s', async (_, make, sentence) => {
    make(at('calendar.db'))
    const { code, err } = await run('serve')
    expect([code, err.endsWith(`calendar.db ${sentence}\n`)]).toEqual([EXIT.unable, true])
  })

  it('names an address that is not of this machine', async () => {
    environment = {
      ...environment,
      HOST: '203.0.113.7',
      AUTH_ISSUER: 'https://issuer.example.org',
      LOG_LEVEL: 'silent',
    }
    expect(await run('serve')).toEqual({
      code: EXIT.unable,
      out: '',
      err: 'HOST 203.0.113.7 is no address of this machine.\n',
    })
  })
})

describe('import', () => {
  it('reports skipped rows by its exit code, and as JSON', async () => {
    const { code, out, err } = await run('import', LEGACY)
    expect([code, err]).toEqual([EXIT.found, expect.stringContaining('a new calendar is created')])
    expect(out).toContain('31 rows, 26 imported, 0 already there, 5 skipped\n')
    const { code: again, report } = await json('import', LEGACY)
    expect(again).toBe(EXIT.found)
    expect(report).toMatchObject({
      file: LEGACY,
      store: environment['STORE'],
      dry_run: false,
      rows: 31,
      imported: 0,
      already_there: 26,
      skipped: {
        count: 5,
        reasons: { 'site is missing': 1 },
        first: expect.arrayContaining([{ line: 29, event_id: 'no-site', reason: 'site is missing' }]),
      },
    })
  })

  it.each(['package-lock.json', 'README.md', 'test/process', 'docs/images/week.png'])(
    'rejects a file that is not an export, and creates no store: %s',
    async (file) => {
      const { code, err, report } = await json('import', file)
      expect([code, err.startsWith(`${file} is not an export`), err.split('\n').length]).toEqual([EXIT.found, true, 2])
      expect(report['error']).toMatchObject({ code: 'not_an_export' })
      expect(files()).toEqual([])
    },
  )

  it('rejects a JSON array, and shows how to convert it to lines', async () => {
    writeFileSync(at('list.json'), JSON.stringify([eventOf(proposed())], null, 2))
    expect(await run('import', at('list.json'))).toMatchObject({
      code: EXIT.found,
      err: expect.stringContaining("Convert a list with: jq -c '.[]'"),
    })
  })

  it('reports what it imported of a truncated file', async () => {
    const bytes = gzipSync(
      Array.from({ length: 2000 }, (_, hour) =>
        line({ id: crypto.randomUUID(), start: hour * 3600, end: (hour + 1) * 3600 }),
      ).join(''),
    )
    writeFileSync(at('broken.gz'), bytes.subarray(0, bytes.length / 2))
    const { code, err, report } = await json('import', at('broken.gz'))
    expect([code, report['error']]).toMatchObject([EXIT.found, { code: 'broken_file' }])
    expect(err).toContain(
      `broken.gz cannot be read to its end: the compressed data ends too early. The rows before that are done (${String(report['imported'])} imported)`,
    )
    expect(report['imported']).toBeGreaterThan(0)
  })

  it('reads standard input', async () => {
    for (const pack of [(text: string) => Buffer.from(text), gzipSync]) {
      const input = Readable.from([pack(line({ id: 'one' }) + line({ id: 'two', site: 'mrc1' }))])
      expect(await command(environment, ['import', '-'], { input })).toMatchObject({
        code: EXIT.done,
        out: expect.stringMatching(/^standard input: 2 rows, /),
      })
    }
  })

  it('creates no store if STORE_MUST_EXIST is set', async () => {
    environment['STORE_MUST_EXIST'] = 'true'
    expect(await run('import', LEGACY)).toMatchObject({
      code: EXIT.unable,
      err: `${at('calendar.db')} is not there.\n`,
    })
    expect(files()).toEqual([])
  })

  it('stops when interrupted, and continues the next time', async () => {
    writeFileSync(
      at('rows.jsonl'),
      Array.from({ length: 1000 }, (_, hour) =>
        line({ id: `row-${hour}`, start: hour * 3600, end: (hour + 1) * 3600 }),
      ).join(''),
    )
    const controller = new AbortController()
    function* slowly() {
      for (const [index, text] of readFileSync(at('rows.jsonl'), 'utf8')
        .split(/(?<=\n)/)
        .entries()) {
        if (index === 500) controller.abort('SIGTERM')
        yield Buffer.from(text)
      }
    }
    const { code, err, out } = await command(environment, ['import', '-', '--json'], {
      input: Readable.from(slowly()),
      signal: controller.signal,
    })
    const { imported, error } = JSON.parse(out) as { imported: number; error: { code: string } }
    expect([code, error.code]).toEqual([143, 'interrupted'])
    expect([imported > 0, imported < 1000]).toEqual([true, true])
    expect(err).toContain(
      `Interrupted. The rows before that are done (${imported} imported); import the file again for the rest.`,
    )
    expect(await run('import', at('rows.jsonl'))).toMatchObject({
      code: EXIT.done,
      out: `${at('rows.jsonl')}: 1000 rows, ${1000 - imported} imported, ${imported} already there, 0 skipped\n`,
    })
  })
})

describe('export and backup', () => {
  it('report what they wrote, and overwrite only on request', async () => {
    await filled()
    expect((await json('export', at('out.jsonl.gz'))).report).toEqual({
      store: environment['STORE'],
      file: at('out.jsonl.gz'),
      reservations: 2,
    })
    expect((await json('backup', at('copy.db'))).report).toMatchObject({
      store: environment['STORE'],
      file: at('copy.db'),
      reservations: 2,
    })
    for (const [name, file] of [
      ['export', at('out.jsonl.gz')],
      ['backup', at('copy.db')],
    ] as const) {
      writeFileSync(file, 'precious')
      const { code, err, report } = await json(name, file)
      expect([code, err, report['error']]).toEqual([
        EXIT.unable,
        `${file} is there already and is not overwritten; --force replaces it.\n`,
        expect.objectContaining({ code: 'exists' }),
      ])
      expect(readFileSync(file, 'utf8')).toBe('precious')
      expect((await run(name, file, '--force')).code).toBe(EXIT.done)
      expect(readFileSync(file, 'utf8')).not.toBe('precious')
    }
    expect(files()).toEqual(['calendar.db', 'copy.db', 'out.jsonl.gz', 'rows.jsonl'])
  })

  it('report a folder that does not exist', async () => {
    await filled()
    for (const name of ['export', 'backup']) {
      const file = at('nowhere/out')
      expect(await run(name, file)).toEqual({
        code: EXIT.unable,
        out: '',
        err: `${file} cannot be written: the folder ${at('nowhere')} is not there.\n`,
      })
      expect(await run(name, at('.'), '--force')).toMatchObject({
        code: EXIT.unable,
        err: expect.stringContaining('is no file that could be replaced'),
      })
    }
  })

  it('leave no file when interrupted', async () => {
    await filled()
    const signal = AbortSignal.abort('SIGINT')
    for (const name of ['export', 'backup']) {
      expect(await command(environment, [name, at('out')], { signal })).toMatchObject({
        code: 130,
        out: '',
        err: 'Interrupted. Nothing was written.\n',
      })
    }
    expect(files()).toEqual(['calendar.db', 'rows.jsonl'])
  })

  it('write only the export to standard output', async () => {
    await filled()
    const { code, out, err } = await run('export', '-')
    expect([code, out.trim().split('\n').length, err]).toEqual([
      EXIT.done,
      2,
      '2 reservations written to standard output\n',
    ])
    expect(await run('export', '-', '--json')).toMatchObject({
      code: EXIT.usage,
      err: 'Both --json and - want standard output: name a file.\n',
    })
  })

  it('reject a DynamoDB table', async () => {
    environment['STORE'] = 'dynamodb:calendar'
    expect(await run('backup', at('copy.db'))).toMatchObject({
      code: EXIT.settings,
      err: 'STORE is dynamodb:calendar, and this command needs a SQLite store.\n',
    })
  })
})

describe('check', () => {
  it('reports problems, or none, by its exit code and as JSON', async () => {
    await filled()
    expect(await run('check')).toEqual({
      code: EXIT.done,
      out: `${environment['STORE']}: 0 problems, 0 notices\n`,
      err: '',
    })
    new Sqlite(at('calendar.db')).exec('DELETE FROM revisions').close()
    const { code, report } = await json('check')
    expect(code).toBe(EXIT.found)
    expect(report).toMatchObject({
      store: environment['STORE'],
      problems: 2,
      notices: 0,
      findings: expect.arrayContaining([{ severity: 'problem', text: 'one: differs from its last revision' }]),
    })
  })

  it('reports a file that is too damaged to open', async () => {
    writeFileSync(at('calendar.db'), 'Dear Ada, the dome is stuck again. '.repeat(100))
    expect((await json('check')).report).toMatchObject({ problems: 1, findings: [{ severity: 'problem' }] })
  })

  it('reports that a store is busy, or does not answer', async () => {
    openDatabase(at('calendar.db')).close()
    environment = { STORE: 'dynamodb:calendar', DYNAMODB_ENDPOINT: 'http://127.0.0.1:9' }
    const { code, report } = await json('check')
    expect([code, report['error']]).toEqual([
      EXIT.unable,
      { code: 'no_answer', message: 'dynamodb:calendar at http://127.0.0.1:9 does not answer.' },
    ])
  })

  it('prints the first of many problems, and their number', async () => {
    writeFileSync(
      at('rows.jsonl'),
      Array.from({ length: 1100 }, (_, hour) =>
        line({ id: `row-${hour}`, start: hour * 3600, end: (hour + 1) * 3600 }),
      ).join(''),
    )
    await run('import', at('rows.jsonl'))
    new Sqlite(at('calendar.db')).exec('DELETE FROM revisions').close()
    const { out } = await run('check')
    expect(out.split('\n')).toHaveLength(1003)
    expect(out).toMatch(/\nand 100 more problems\nsqlite:.*: 1100 problems, 0 notices\n$/)
    expect((await json('check')).report['findings']).toHaveLength(1000)
  })
})

describe('migrate', () => {
  it('prints as JSON what each store holds', async () => {
    await filled()
    const args = ['migrate', '--from', environment['STORE'] ?? '', '--to', `sqlite:${at('new.db')}`]
    expect((await json(...args, '--dry-run')).report).toMatchObject({
      from: { store: environment['STORE'], ids: 2 },
      dry_run: true,
    })
    const { code, report } = await json(...args)
    expect(code).toBe(EXIT.done)
    expect(report).toMatchObject({
      from: { ids: 2 },
      to: { store: `sqlite:${at('new.db')}`, ids: 2 },
      imported: 2,
      already_there: 0,
      same: true,
      untouched: true,
    })
  })

  it('rejects a target that has another calendar', async () => {
    await filled()
    const args = ['migrate', '--from', environment['STORE'] ?? '', '--to', `sqlite:${at('new.db')}`]
    environment['STORE'] = `sqlite:${at('new.db')}`
    await run('import', LEGACY)
    const { code, report } = await json(...args)
    expect([code, report['error']]).toMatchObject([
      EXIT.unable,
      { code: 'refused', message: expect.stringContaining('Nothing was copied.') },
    ])
  })

  it('stops when interrupted', async () => {
    await filled()
    const args = ['migrate', '--from', environment['STORE'] ?? '', '--to', `sqlite:${at('new.db')}`]
    expect(await command(environment, args, { signal: AbortSignal.abort('SIGINT') })).toEqual({
      code: 130,
      out: '',
      err: 'Interrupted. Nothing was copied.\n',
    })
  })
})

describe('serve with a DynamoDB table', () => {
  const serving = (table: string, endpoint: string, port: number, signal = new AbortController().signal) =>
    command(
      {
        STORE: `dynamodb:${table}`,
        DYNAMODB_ENDPOINT: endpoint,
        PORT: String(port),
        LOG_LEVEL: 'silent',
        AUTH_ISSUER: 'https://issuer.example.org',
      },
      ['serve'],
      { signal },
    )

  it('does not start if the table does not exist, and names it', async () => {
    const { endpoint } = await sharedDynamo()
    expect(await serving('nowhere', endpoint, 0)).toEqual({
      code: EXIT.unable,
      out: '',
      err: `dynamodb:nowhere at ${endpoint} is not there.\n`,
    })
  })

  it('starts if DynamoDB cannot be reached, and is not ready', async () => {
    const controller = new AbortController()
    const port = await freePort()
    const ended = serving('calendar', 'http://127.0.0.1:9', port, controller.signal)
    const asked = () =>
      fetch(`http://127.0.0.1:${port}/health/ready`).then(
        ({ status }) => status,
        () => 0,
      )
    while ((await asked()) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await asked()).toBe(503)
    controller.abort('SIGTERM')
    expect((await ended).code).toBe(EXIT.done)
  })
})

describe('day-index rebuild', () => {
  it('reports that the day items are incomplete when it is interrupted', async () => {
    const dynamo = await sharedDynamo()
    const overrides = { STORE: `dynamodb:${await dynamo.table()}`, DYNAMODB_ENDPOINT: dynamo.endpoint }
    expect(await command(overrides, ['day-index', 'rebuild'], { signal: AbortSignal.abort('SIGTERM') })).toEqual({
      code: 143,
      out: '',
      err: 'Interrupted. The day index is incomplete: the calendar is read-only until the same command has completed.\n',
    })
  })
})
