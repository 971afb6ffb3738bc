import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, TRUSTING } from './calendar.ts'

/** As systemd does: keeps the socket, and starts the server again whenever it has ended. */
const SOCKET_KEEPER = `
while [ ! -e "$HOME/stop" ]; do
  sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$NODE" bin/photonranch-calendar.js serve' &
  echo $! > "$HOME/pid"
  wait $!
  echo $? >> "$HOME/codes"
done`

/** A server on a socket that systemd's own tool has opened, and how to have it started again. */
export async function behindSocket(place: {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}) {
  const port = await freePort()
  const environment: Record<string, string> = {
    ...place.environment,
    ...TRUSTING,
    HOME: place.folder,
    NODE: process.execPath,
  }
  // Of no matter where there is a socket.
  environment['PORT'] = '1'
  const passed = Object.keys(environment).map((name) => `--setenv=${name}`)
  const tool = spawn('systemd-socket-activate', [`--listen=127.0.0.1:${port}`, ...passed, 'sh', '-c', SOCKET_KEEPER], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  tool.stderr.on('data', (data: Buffer) => (output += data))
  const exit = once(tool, 'exit')
  const codes = () =>
    existsSync(join(place.folder, 'codes')) ? readFileSync(join(place.folder, 'codes'), 'utf8').trim().split('\n') : []
  const signal = (name: NodeJS.Signals) => process.kill(Number(readFileSync(join(place.folder, 'pid'), 'utf8')), name)
  while (!output.includes('Listening on')) await sleep(10)
  return {
    port,
    codes,
    end: async () => {
      writeFileSync(join(place.folder, 'stop'), '')
      if (existsSync(join(place.folder, 'pid'))) signal('SIGTERM')
      else tool.kill()
      await exit
    },
    restart: async (name: NodeJS.Signals) => {
      const before = codes().length
      signal(name)
      while (codes().length === before) await sleep(20)
    },
  }
}
