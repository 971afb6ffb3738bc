import { defineConfig } from 'vitest/config'

/** What holds on the wire whatever is underneath: run over a table of DynamoDB Local as well. */
const ANY_STORE = ['access', 'booking', 'clients', 'event', 'writes'].map((part) => `test/http/contract-${part}.test.ts`)

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
      { extends: true, test: { name: 'calendar', include: ['test/**/*.test.ts'] } },
      { extends: true, test: { name: 'on DynamoDB', include: ANY_STORE, env: { TEST_STORE: 'dynamodb' } } },
    ],
  },
})
