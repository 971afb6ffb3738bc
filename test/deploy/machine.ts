import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../process/calendar.ts'

const GUIDE = readFileSync('docs/operating.md', 'utf8')

/** The fenced code blocks of a language under a heading of docs/operating.md, in order. */
export function blocksUnder(heading: string, language = 'sh'): string[] {
  const section = GUIDE.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? ''
  const blocks = [...section.matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)]
  return blocks.filter((block) => block[1] === language).map((block) => (block[2] ?? '').replaceAll(/^ {3}/gm, ''))
}

/**
 * A folder in which the calendar is installed as docs/operating.md describes. Absolute paths begin in the folder;
 * `systemctl` is a script that runs the commands of the units, and `runuser` does not change the user.
 */
export async function machine(environment: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), 'calendar-machine-'))
  const at = (path: string) => join(root, path)
  const port = await freePort()
  /** Replaces paths, ports and Node.js in a text of the guide by those of this folder. */
  const here = (text: string) =>
    text
      .replaceAll('/opt/photonranch-calendar/bin/node', process.execPath)
      .replaceAll(/(?<![\w.])\/(?=(?:var\/lib|opt|etc|data)\b)/g, `${root}/`)
      .replaceAll('127.0.0.1:8000', `127.0.0.1:${port}`)

  for (const folder of [
    'bin',
    'opt',
    'etc/photonranch-calendar',
    'var/lib/photonranch-calendar',
    'var/lib/photonranch-calendar-backups',
  ]) {
    mkdirSync(at(folder), { recursive: true })
  }
  for (const version of ['1.0.0', '1.1.0']) symlinkSync(process.cwd(), at(`opt/photonranch-calendar-${version}`))
  symlinkSync(at('opt/photonranch-calendar-1.0.0'), at('opt/photonranch-calendar'))
  const write = (path: string, text: string, mode = 0o600) => writeFileSync(at(path), text, { mode })
  const settings = (lines: readonly string[]) =>
    write('etc/photonranch-calendar/environment', [`PORT=${port}`, ...lines, ''].join('\n'))
  settings(environment)
  write('bin/runuser', '#!/bin/sh\nshift 3\nexec "$@"\n', 0o700)
  write('bin/systemctl', here(systemctl(root)), 0o700)

  /** Runs commands of the guide in order. @throws Error if one fails */
  async function run(...commands: string[]) {
    const child = spawn('sh', ['-euc', here(commands.join('\n'))], {
      cwd: root,
      env: { PATH: `${at('bin')}:${process.env['PATH']}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (out += data))
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`${commands.join('\n')}\nended with ${code}:\n${out}\n${log()}`)
    return out
  }
  const log = () => (existsSync(at('log')) ? readFileSync(at('log'), 'utf8') : '')
  const ended = () => (existsSync(at('ended')) ? Number(readFileSync(at('ended'), 'utf8')) : undefined)
  const kill = () => process.kill(Number(readFileSync(at('pid'), 'utf8')), 'SIGKILL')

  return {
    root,
    base: `http://127.0.0.1:${port}/calendar`,
    at,
    run,
    settings,
    log,
    /** Resolves once the server answers, or with its exit code when it has ended. */
    async up(): Promise<'ready' | number> {
      for (;;) {
        const code = ended()
        if (code !== undefined) return code
        const ready = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        )
        if (ready) return 'ready'
        await sleep(50)
      }
    },
    /** The time of the last backup by the metrics of the server, in seconds since 1970; 0 if unknown. */
    async backedUpAt(): Promise<number> {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      return Number(/^calendar_backup_timestamp_seconds (\d+)$/m.exec(metrics)?.[1])
    },
    async crash(): Promise<void> {
      kill()
      while (ended() === undefined) await sleep(20)
    },
    backups: () => readdirSync(at('var/lib/photonranch-calendar-backups')).toSorted(),
    async remove(): Promise<void> {
      if (existsSync(at('pid')) && ended() === undefined) {
        kill()
        while (ended() === undefined) await sleep(20)
      }
      rmSync(root, { recursive: true, force: true })
    },
  }
}

export type Machine = Awaited<ReturnType<typeof machine>>

/** A script for the `systemctl` commands of the guide. */
function systemctl(root: string): string {
  const [server, backup] = ['photonranch-calendar', 'photonranch-calendar-backup'].map((name) =>
    readFileSync(`deploy/systemd/${name}.service`, 'utf8'),
  )
  const line = (unit: string | undefined, name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit ?? '')?.[1] ?? ''
  return `#!/bin/sh
set -eu
start() {
  rm -f ${root}/ended
  (
    set -a; ${line(server, 'Environment')}; . ${line(server, 'EnvironmentFile')}; set +a
    ${line(server, 'ExecStart')} & echo $! > ${root}/pid
    code=0; wait $! || code=$?
    echo $code > ${root}/ended.part; mv ${root}/ended.part ${root}/ended
  ) >> ${root}/log 2>&1 < /dev/null &
  while [ ! -e ${root}/pid ]; do sleep 0.02; done
}
stop() {
  [ -e ${root}/ended ] || kill -TERM "$(cat ${root}/pid)"
  while [ ! -e ${root}/ended ]; do sleep 0.02; done
  rm -f ${root}/pid
}
case "$*" in
  'start photonranch-calendar') start ;;
  # Without its socket it cannot run.
  'stop photonranch-calendar.socket') stop ;;
  'restart photonranch-calendar') stop; start ;;
  'start photonranch-calendar-backup') env ${line(backup, 'Environment')} ${line(backup, 'ExecStart')} ;;
  *) echo "systemctl $* is not implemented"  >&2; exit 1 ;;
esac
`
}
