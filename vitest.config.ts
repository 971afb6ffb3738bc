import { defineConfig } from 'vitest/config'

/** What holds on the wire whatever is underneath: run over a table of DynamoDB Local as well. */
const ANY_STORE = ['access', 'booking', 'clients', 'event', 'writes'].map(
  (part) => `test/http/contract-${part}.test.ts`,
)

const UNIT_FOLDERS = ['client', 'demo', 'domain', 'main', 'ops', 'service', 'sky', 'sources', 'web', 'wire']
/** What needs no build, no other program and no store but one in memory: done in seconds. */
const UNIT = [`test/{${UNIT_FOLDERS.join(',')}}/**/*.test.ts`, 'test/*.test.ts']
/** But for this one, which is also tried over a table. */
const NO_UNIT = 'test/background/outbox-worker-history.test.ts'

export default defineConfig({
  test: {
    // Much of what they do is to wait.
    maxWorkers: 4,
    // No file leaves anything behind that another could see, and to load everything anew for each takes long.
    isolate: false,
    // Only what hangs takes as long, however busy the machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'unit', include: UNIT, exclude: [NO_UNIT] } },
      {
        extends: true,
        test: { name: 'calendar', include: [`test/!(${UNIT_FOLDERS.join('|')})/**/*.test.ts`, NO_UNIT] },
      },
      { extends: true, test: { name: 'on DynamoDB', include: ANY_STORE, env: { TEST_STORE: 'dynamodb' } } },
    ],
  },
})
