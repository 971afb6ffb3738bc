import { expect, it } from 'vitest'
import { openCommitQueue } from '../../src/store/sqlite/commit-queue.ts'

it('commits what was queued during a flush before the work that was flushed is answered, and not before that is announced', async () => {
  const seen: string[] = []
  let flushed = (): void => undefined
  const enqueue = openCommitQueue(
    (batch) => batch.map(({ work }) => ({ value: work() })),
    async (outcomes, announce) => {
      await new Promise<void>((resolve) => (flushed = resolve))
      announce()
      return outcomes
    },
  )
  const add = (name: string) =>
    new Promise<void>((answered) =>
      enqueue({
        work: () => void seen.push(`${name} is committed`),
        onDurable: () => void seen.push(`${name} is announced`),
        settle: () => {
          seen.push(`${name} is answered`)
          answered()
        },
      }),
    )
  const first = add('first')
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const second = add('second')
  flushed()
  await first
  flushed()
  await second
  expect(seen).toEqual([
    'first is committed',
    'first is announced',
    'second is committed',
    'first is answered',
    'second is announced',
    'second is answered',
  ])
})
