import { once } from 'node:events'
import { startServer } from '../src/main/server.ts'
import { openLog } from '../src/ops/log.ts'
import { logOutput } from '../src/ops/log-output.ts'
import { readSettings } from '../src/ops/settings.ts'

/** The server of `npm run dev`. Its argument is the port of the page's server, which proxies the demo issuer. */
const settings = readSettings(process.env)
const output = logOutput({ buffered: false })
const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
const running = await startServer(settings, openLog(settings.LOG_LEVEL, output), {
  issuerPort: Number(process.argv[2]),
})
await stopped
await running.stop()
await output.close()
process.exit()
