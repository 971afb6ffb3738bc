import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What holds on the wire whatever is underneath, and differs by what the store does: run over DynamoDB Local as well. */
const ANY_STORE = [
  'availability',
  'booking',
  'changes-iterator',
  'clients',
  'closures',
  'event',
  'feeds',
  'neighbours',
  'rules',
  'series',
  'writes',
].map((part) => `test/http/contract-${part}.test.ts`)

const UNIT_FOLDERS = ['client', 'demo', 'domain', 'main', 'ops', 'service', 'sky', 'sources', 'web', 'wire']
/** What needs no build, no other program and no store but one in memory: done in seconds. */
const UNIT = [`test/{${UNIT_FOLDERS.join(',')}}/**/*.test.ts`, 'test/*.test.ts']
/** But for this one, which needs DynamoDB Local. */
const NO_UNIT = 'test/fault-proxy.test.ts'

/** These start other programs or wait for them, so that they take long, however short they are. */
const SLOW = /\/test\/(background|browser|process)\//

/** Runs slow files first, so that no worker ends with one alone. By itself Vitest takes a large file for a slow one. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's, which returns another list
    const sorted = await super.sort(files)
    const isSlow = ({ moduleId }: TestSpecification) => SLOW.test(moduleId)
    return [...sorted.filter(isSlow), ...sorted.filter((one) => !isSlow(one))]
  }
}

export default defineConfig({
  test: {
    globalSetup: 'test/global-setup.ts',
    // Much of what they do is to wait.
    maxWorkers: 4,
    // Of the tests of a file that may run beside each other. With more, nothing ends earlier, and each takes longer on a busy machine.
    maxConcurrency: 6,
    // No file leaves anything behind that another could see, and to load everything anew for each takes long.
    isolate: false,
    // Only what hangs takes as long, however busy the machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Less than the 45 seconds after which a client of changes asks again whatever its stream says.
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: SlowFirst },
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
