import { defineConfig } from 'vitest/config'

/** What holds on the wire whatever is underneath: run over a table of DynamoDB Local as well. */
const ANY_STORE = ['access', 'booking', 'event', 'writes'].map((part) => `test/http/contract-${part}.test.ts`)

export default defineConfig({
  test: {
    // Much of what they do is to wait.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'calendar', include: ['test/**/*.test.ts'] } },
      { extends: true, test: { name: 'on DynamoDB', include: ANY_STORE, env: { TEST_STORE: 'dynamodb' } } },
    ],
  },
})
