/** Work for a transaction that it shares with others. */
export interface QueuedWork {
  readonly work: () => unknown
  readonly onDurable: ((value: never) => void) | undefined
  readonly settle: (outcome: WorkOutcome) => void
}

/** What runs while no other work does, and releases the queue. */
export interface QueuedHold {
  readonly begin: (release: () => void) => void
}

/** What work has returned or thrown. */
export type WorkOutcome = { readonly value: unknown } | { readonly error: unknown }

const MAX_BATCH = 256
/** Turns of the event loop for which work gathers at most. */
const GATHERED_TURNS = 8
/** How often to ask for the write lock while another process has it. */
export const LOCK_RETRY_MS = 2

type Outcomes = readonly WorkOutcome[]

/**
 * Commits queued work in batches, and runs holds in between. First in, first out. The next batch is committed when the one
 * before is durable, so that no work sees what may yet be lost.
 * @param commit returns the outcomes of the first of a batch; undefined while another process writes
 * @param flush calls `announce` when these are durable, and resolves with what to answer; undefined if they are durable already
 */
export function openCommitQueue(
  commit: (batch: readonly QueuedWork[]) => Outcomes | undefined,
  flush: (outcomes: Outcomes, announce: () => void) => Promise<Outcomes> | undefined,
): (item: QueuedWork | QueuedHold) => void {
  let queue: (QueuedWork | QueuedHold)[] = []
  let isRunning = false

  function scheduleNext(): void {
    isRunning = queue.length > 0
    if (isRunning) setImmediate(gather, 0, GATHERED_TURNS)
  }
  /** Waits for a turn of the event loop that brings no more work: a commit of many costs little more than one of a few. */
  function gather(known: number, turns: number): void {
    if (queue.length === known || turns === 0) return run()
    setImmediate(gather, queue.length, turns - 1)
  }
  function run(): void {
    const [first] = queue
    if (first && 'begin' in first) {
      queue = queue.slice(1)
      return first.begin(scheduleNext)
    }
    const nextHold = queue.findIndex((item) => 'begin' in item)
    const batch = queue.slice(0, Math.min(MAX_BATCH, nextHold < 0 ? MAX_BATCH : nextHold)) as QueuedWork[]
    const outcomes = commit(batch)
    if (!outcomes) return void setTimeout(run, LOCK_RETRY_MS)
    queue = queue.slice(outcomes.length)
    const announce = () => announceAll(batch, outcomes)
    const finish = (answers: Outcomes) => {
      scheduleNext()
      for (const [index, answer] of answers.entries()) batch[index]?.settle(answer)
    }
    const flushing = flush(outcomes, announce)
    if (flushing) return void flushing.then(finish)
    announce()
    finish(outcomes)
  }
  return (item) => {
    queue.push(item)
    if (!isRunning) scheduleNext()
  }
}

function announceAll(batch: readonly QueuedWork[], outcomes: Outcomes): void {
  for (const [index, outcome] of outcomes.entries())
    if ('value' in outcome) batch[index]?.onDurable?.(outcome.value as never)
}
