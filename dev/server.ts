import { once } from 'node:events'
import { startServer } from '../src/main/server.ts'
import { openLog } from '../src/ops/log.ts'
import { logOutput } from '../src/ops/log-output.ts'
import { readSettings } from '../src/ops/settings.ts'

/** The server behind `npm run dev`; the argument is the port of the page before it, by which the demo issuer is reached. */
const settings = readSettings(process.env)
const output = logOutput({ buffered: false })
const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
const running = await startServer(settings, openLog(settings.LOG_LEVEL, output), { issuerPort: Number(process.argv[2]) })
await stopped
await running.stop()
await output.close()
process.exit()
