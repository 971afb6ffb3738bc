import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { eventOf } from '../../src/wire/event.ts'
import { endOf } from '../child.ts'
import { command } from '../cli/folder.ts'
import { TODAY, proposed } from '../context.ts'
import { home, run } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
beforeEach(async () => {
  place = await home()
})
afterEach(() => place.remove())

const lines = (count: number) =>
  Array.from(
    { length: count },
    (_, hour) =>
      `${JSON.stringify(eventOf(proposed({ id: `row-${hour}`, start: TODAY + hour * HOUR, end: TODAY + (hour + 1) * HOUR })))}\n`,
  ).join('')

/** Starts a command, whose standard input and output are the test's. */
function start(environment: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, ['bin/photonranch-calendar.js', ...args], {
    env: { ...place.environment, ...environment },
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (data: Buffer) => (out += data))
  child.stderr.on('data', (data: Buffer) => (err += data))
  const output = () => out + err
  const { ended, until } = endOf(child, output)
  return {
    child,
    until,
    ended: async () => ({ code: (await ended)[0], out, err }),
    /** Resolves once it has printed a text. */
    printed: (text: string) => until(() => expect(output()).toContain(text)),
  }
}

describe('a command', () => {
  it('ends the process with its exit code', async () => {
    writeFileSync(join(place.folder, 'rows.jsonl'), lines(2))
    const codes = []
    for (const args of [
      ['import', join(place.folder, 'rows.jsonl')],
      ['check', '--nonsense'],
      ['import', 'README.md'],
      ['backup', join(place.folder, 'rows.jsonl')],
    ]) {
      codes.push((await run(place.environment, ...args)).code)
    }
    expect(codes).toEqual([EXIT.done, EXIT.usage, EXIT.found, EXIT.unable])
    expect((await run({ ...place.environment, PORT: 'many' }, 'serve')).code).toBe(EXIT.settings)
  })

  it('exits without an error message when its output is closed', async () => {
    writeFileSync(join(place.folder, 'rows.jsonl'), lines(3000))
    await run(place.environment, 'import', join(place.folder, 'rows.jsonl'))
    const { child, ended } = start({}, 'export', '-')
    child.stdout.once('data', () => child.stdout.destroy())
    expect(await ended()).toMatchObject({ code: 141, err: '' })
  })

  it('leaves the processor to a server if it only reads a store, but not if it writes', async () => {
    const priorityOf = ({ child }: ReturnType<typeof start>) => getPriority(child.pid ?? 0)
    const writing = start({}, 'import', '-')
    writing.child.stdin.write(lines(3000))
    await writing.printed('a new calendar is created')
    expect(priorityOf(writing)).toBe(getPriority())
    writing.child.stdin.end()
    expect((await writing.ended()).code).toBe(EXIT.done)

    const reading = start({}, 'export', '-')
    // It writes more than a pipe holds, so that it waits for its reader.
    reading.child.stdout.pause()
    await reading.until(() => expect(priorityOf(reading)).toBe(constants.priority.PRIORITY_LOW))
    reading.child.stdout.resume()
    expect((await reading.ended()).code).toBe(EXIT.done)
  })

  it('reports that its output cannot be written', async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, ['bin/photonranch-calendar.js', 'config'], {
      env: place.environment,
      stdio: ['ignore', full, 'pipe'],
    })
    closeSync(full)
    let err = ''
    child.stderr?.on('data', (data: Buffer) => (err += data))
    expect(await once(child, 'close')).toEqual([EXIT.unable, null])
    expect(err).toBe('Standard output cannot be written: its disk is full.\n')
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'interrupted by %s ends with exit code %s, and has imported what it reports',
    async (signal, expected) => {
      const { child, ended, printed } = start({}, 'import', '-', '--json')
      child.stdin.on('error', () => undefined)
      child.stdin.write(lines(450))
      await printed('a new calendar is created')
      // The rest never comes: without the signal it would wait for ever.
      child.kill(signal)
      child.stdin.write(lines(10_000))
      const { code, out, err } = await ended()
      expect([code, err.includes('Interrupted.')]).toEqual([expected, true])
      const { imported = 0 } = JSON.parse(out) as { imported?: number }
      expect(await command(place.environment, ['check'])).toMatchObject({ code: EXIT.done })
      expect(await command(place.environment, ['export', join(place.folder, 'all.jsonl')])).toMatchObject({
        out: expect.stringMatching(new RegExp(`^${imported} reservations? written`)),
      })
    },
  )

  it('reports a bug in one sentence, with an exit code of its own', async () => {
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => { throw new Error('lost') })")}`
    const { child, ended, printed } = start({ NODE_OPTIONS }, 'import', '-')
    child.stdin.write(lines(250))
    await printed('a new calendar is created')
    child.kill('SIGUSR2')
    const { code, out, err } = await ended()
    expect([code, out]).toEqual([EXIT.bug, ''])
    expect(err.split('\n').slice(1)).toEqual(['This is a bug in the calendar: lost', ''])
    expect(existsSync(place.file)).toBe(true)
  })
})
