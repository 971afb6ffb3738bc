import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { Answer, Call, Fault } from './fault-proxy.ts'

/** How long a client of these tests waits for an answer. */
export const TIMEOUT_MS = 1000
/** A slow answer is still within that. */
const SLOW_MS = 500
/** Longer than it takes to try again at once, shorter than a caller takes to come back. */
const LATE_MS = 300

/** What can become of a request on which a fault falls. */
export interface FaultCase {
  /** What it is like in life. */
  readonly imitates: string
  /** Whether DynamoDB carries the request out: `late`, when the client has been answered already. */
  readonly carriedOut: 'yes' | 'no' | 'late'
  /** The operations it makes sense for; any, if not said. */
  readonly only?: readonly string[]
  readonly fault: Fault
}

export const WRITES = ['TransactWriteItems', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']
export const READS = [
  'GetItem',
  'BatchGetItem',
  'TransactGetItems',
  'Query',
  'ExecuteStatement',
  'Scan',
  'DescribeTable',
]
const TRANSACTIONS = ['TransactWriteItems']
const LISTS = ['Query', 'ExecuteStatement', 'Scan']

export const FAULT_CASES = {
  throttled: {
    imitates: 'a table on demand that gets more than twice its last peak',
    carriedOut: 'no',
    fault: rejecting('ThrottlingException'),
  },
  beyondCapacity: {
    imitates: 'a provisioned table, or one partition of any table, that is asked too much',
    carriedOut: 'no',
    fault: rejecting('ProvisionedThroughputExceededException'),
  },
  beyondAccountLimit: {
    imitates: 'an account that asks more of DynamoDB than it may',
    carriedOut: 'no',
    fault: rejecting('RequestLimitExceeded'),
  },
  internalError: {
    imitates: 'a fault within DynamoDB, which has done nothing',
    carriedOut: 'no',
    fault: rejecting('InternalServerError', 500),
  },
  internalErrorAfterAll: {
    imitates: 'a fault within DynamoDB, which has done it all the same: a 500 promises neither',
    carriedOut: 'yes',
    fault: async (call) => {
      await call.deliver()
      call.answer(rejection('InternalServerError', 500))
    },
  },
  unavailablePage: {
    imitates: 'a front of DynamoDB that has nobody behind it, and says so with a page',
    carriedOut: 'no',
    fault: (call) =>
      call.answer(answering(503, '<html><body><h1>503 Service Unavailable</h1></body></html>', 'text/html')),
  },
  badGateway: {
    imitates: 'a proxy on the way that cannot reach DynamoDB',
    carriedOut: 'no',
    fault: (call) => call.answer(answering(502, '')),
  },
  gatewayTimeout: {
    imitates: 'a proxy on the way that did not wait for the answer',
    carriedOut: 'yes',
    fault: async (call) => {
      await call.deliver()
      call.answer(answering(504, 'upstream request timeout', 'text/plain'))
    },
  },
  refused: {
    imitates: 'nobody listens: DynamoDB’s address is being moved, or the network is down',
    carriedOut: 'no',
    fault: (call) => call.closeFor(LATE_MS),
  },
  resetAtOnce: {
    imitates: 'a connection that was kept open too long, and is broken as the request is written',
    carriedOut: 'no',
    fault: (call) => call.reset(),
  },
  resetBeforeDelivery: {
    imitates: 'a connection that breaks when the request has been sent, and has not arrived',
    carriedOut: 'no',
    fault: async (call) => {
      await call.read()
      call.reset()
    },
  },
  resetAfterCommit: {
    imitates: 'a connection that breaks when DynamoDB has done it, and before it can say so',
    carriedOut: 'yes',
    fault: async (call) => {
      await call.deliver()
      call.reset()
    },
  },
  hung: {
    imitates: 'a request that is lost on its way, on a connection that stays open',
    carriedOut: 'no',
    fault: (call) => call.gone(),
  },
  answerLost: {
    imitates: 'an answer that is lost on its way, on a connection that stays open',
    carriedOut: 'yes',
    fault: async (call) => {
      await call.deliver()
      await call.gone()
    },
  },
  slow: {
    imitates: 'an answer that comes when the client has all but given up',
    carriedOut: 'yes',
    fault: async (call) => {
      const answer = await call.deliver()
      await sleep(SLOW_MS)
      call.answer(answer)
    },
  },
  cutOff: {
    imitates: 'a connection that breaks in the middle of the answer',
    carriedOut: 'yes',
    fault: async (call) => {
      await call.answerHalf(await call.deliver())
      call.reset()
    },
  },
  stalled: {
    imitates: 'an answer that stops in the middle, on a connection that stays open',
    carriedOut: 'yes',
    fault: async (call) => {
      await call.answerHalf(await call.deliver())
      await call.gone()
    },
  },
  garbled: {
    imitates: 'a proxy that puts a page of its own in the place of the answer, with status 200',
    carriedOut: 'yes',
    fault: async (call) => {
      await call.deliver()
      call.answer(answering(200, '<html><body>Please sign in to this network.</body></html>', 'text/html'))
    },
  },
  otherJson: {
    imitates: 'a proxy that answers in JSON of its own, with status 200',
    carriedOut: 'no',
    fault: (call) => call.answer(answering(200, '{"status":"ok"}')),
  },
  noObject: {
    imitates: 'a proxy that answers in JSON that is not even an object, with status 200',
    carriedOut: 'no',
    fault: (call) => call.answer(answering(200, 'null')),
  },
  emptied: {
    imitates: 'an answer whose content is lost: DynamoDB has done it',
    carriedOut: 'yes',
    fault: async (call) => {
      await call.deliver()
      call.answer(answering(200, ''))
    },
  },
  empty: {
    imitates: 'a proxy that says 200 and nothing else, though DynamoDB was never asked',
    carriedOut: 'no',
    fault: (call) => call.answer(answering(200, '')),
  },
  altered: {
    imitates: 'a bit that changes on its way: the answer is JSON, and not what its x-amz-crc32 was made of',
    carriedOut: 'yes',
    fault: async (call) => {
      const answer = await call.deliver()
      call.answer({ ...answer, body: alteredIn(answer.body) })
    },
  },
  wrongChecksum: {
    imitates: 'a checksum that changes on its way: the answer is right',
    carriedOut: 'yes',
    fault: async (call) => {
      const { headers, ...answer } = await call.deliver()
      call.answer({ ...answer, headers: { ...headers, 'x-amz-crc32': '1' } })
    },
  },
  twice: {
    imitates: 'a request that is delivered two times, one after the other, and answered as the second was',
    carriedOut: 'yes',
    fault: async (call) => {
      await call.deliver()
      call.answer(await call.deliver())
    },
  },
  twiceAtOnce: {
    imitates: 'a request that is delivered two times, both under way together, and answered as the first was',
    carriedOut: 'yes',
    fault: async (call) => {
      const [first] = await Promise.all([call.deliver(), call.deliver()])
      call.answer(first)
    },
  },
  failedThenLate: {
    imitates: 'a request that is answered with an error, and arrives when nobody waits for it any more',
    carriedOut: 'late',
    fault: async (call) => {
      await call.read()
      call.answer(rejection('InternalServerError', 500))
      await sleep(LATE_MS)
      await call.deliver()
    },
  },
  resetThenLate: {
    imitates: 'a request whose connection breaks, and that arrives when nobody waits for it any more',
    carriedOut: 'late',
    fault: async (call) => {
      await call.read()
      call.reset()
      await sleep(LATE_MS)
      await call.deliver()
    },
  },
  inConflict: {
    imitates: 'a transaction that meets another one at one of its items',
    carriedOut: 'no',
    only: TRANSACTIONS,
    fault: cancelling('TransactionConflict'),
  },
  itemInConflict: {
    imitates: 'a write of one item that meets a transaction at it',
    carriedOut: 'no',
    only: ['UpdateItem', 'DeleteItem'],
    fault: rejecting('TransactionConflictException'),
  },
  partlyThrottled: {
    imitates: 'a transaction one of whose partitions is asked too much, on demand',
    carriedOut: 'no',
    only: TRANSACTIONS,
    fault: cancelling('None', 'ThrottlingError'),
  },
  partlyBeyondCapacity: {
    imitates: 'a transaction one of whose partitions is asked too much, as provisioned',
    carriedOut: 'no',
    only: TRANSACTIONS,
    fault: cancelling('None', 'ProvisionedThroughputExceeded'),
  },
  conditionFailed: {
    imitates: 'a transaction whose condition failed on what was taken back a moment later',
    carriedOut: 'no',
    only: TRANSACTIONS,
    fault: cancelling('ConditionalCheckFailed'),
  },
  mixedReasons: {
    imitates: 'a transaction that fails for several reasons together',
    carriedOut: 'no',
    only: TRANSACTIONS,
    fault: cancelling('ConditionalCheckFailed', 'TransactionConflict', 'ThrottlingError'),
  },
  inProgress: {
    imitates: 'a transaction that is tried again while DynamoDB is still at the first one of its token',
    carriedOut: 'no',
    only: TRANSACTIONS,
    fault: rejecting('TransactionInProgressException'),
  },
  replicaConflict: {
    imitates: 'a write that meets one in another region, in a table that is strongly consistent in several',
    carriedOut: 'no',
    only: WRITES,
    fault: rejecting('ReplicatedWriteConflictException'),
  },
  expiredToken: {
    imitates: 'credentials that have run out and were not renewed',
    carriedOut: 'no',
    fault: rejecting('ExpiredTokenException'),
  },
  unknownClient: {
    imitates: 'credentials that have been taken away',
    carriedOut: 'no',
    fault: rejecting('UnrecognizedClientException'),
  },
  wrongClock: {
    imitates: 'a clock that is wrong by more than the five minutes a signature is good for',
    carriedOut: 'no',
    fault: rejecting(
      'InvalidSignatureException',
      400,
      'Signature expired: 20300301T000000Z is now earlier than 20300301T001000Z',
    ),
  },
  accessDenied: {
    imitates: 'a policy that was changed so that the calendar may not do this',
    carriedOut: 'no',
    fault: rejecting('AccessDeniedException'),
  },
  tableGone: {
    imitates: 'a table that was deleted, or is not where the settings say',
    carriedOut: 'no',
    fault: rejecting('ResourceNotFoundException', 400, 'Requested resource not found'),
  },
  halfProcessed: {
    imitates: 'a BatchGetItem that is too much at once: half of its keys are left for another time',
    carriedOut: 'yes',
    only: ['BatchGetItem'],
    fault: leaving((keys) => Math.ceil(keys / 2)),
  },
  nothingProcessed: {
    imitates: 'a BatchGetItem of a throttled table: all of its keys are left for another time',
    carriedOut: 'no',
    only: ['BatchGetItem'],
    fault: leaving((keys) => keys),
  },
  smallPages: {
    imitates: 'a list of more than a megabyte, which comes in pages: here after every item',
    carriedOut: 'yes',
    only: LISTS,
    fault: async (call) => {
      const asked = JSON.parse((await call.read()).toString()) as object
      call.answer(await call.deliver(Buffer.from(JSON.stringify({ ...asked, Limit: 1 }))))
    },
  },
} as const satisfies Record<string, FaultCase>

export type FaultName = keyof typeof FAULT_CASES

/** Faults that the SDK does not retry, or that last longer than its retries. Any other that falls once must be answered. */
export const LASTING: readonly FaultName[] = ['expiredToken', 'unknownClient', 'accessDenied', 'tableGone', 'refused']

/**
 * Faults that differ from another only in what DynamoDB does, of which a read shows nothing: whoever reads receives the
 * same bytes, or the same silence, as under `internalError`, `resetBeforeDelivery`, `hung` or `empty`, or the answer.
 */
const SAME_FOR_A_READ: readonly FaultName[] = [
  'internalErrorAfterAll',
  'resetAfterCommit',
  'answerLost',
  'emptied',
  'twice',
  'twiceAtOnce',
  'failedThenLate',
  'resetThenLate',
]

/** Whether a read cannot tell a fault from another. */
export const isSameForRead = (name: FaultName): boolean => SAME_FOR_A_READ.includes(name)

/** The faults of reads, and which of these operations each can hit. */
export const faultsOfReads = (operations: readonly string[]): ReturnType<typeof faultsOf> =>
  faultsOf(operations).filter(([name]) => !isSameForRead(name))

/** The troubles that can befall some of these operations, and which those are. */
export function faultsOf(
  operations: readonly string[],
): [FaultName, FaultCase & { readonly only: readonly string[] }][] {
  const all = Object.entries(FAULT_CASES) as [FaultName, FaultCase][]
  return all
    .map(([name, fault]): ReturnType<typeof faultsOf>[number] => {
      return [name, { ...fault, only: operations.filter((one) => fault.only?.includes(one) ?? true) }]
    })
    .filter(([, { only }]) => only.length > 0)
}

/** As whoever stands between us and DynamoDB may answer. */
function answering(status: number, text: string, type = 'application/x-amz-json-1.0'): Answer {
  return { status, headers: { 'content-type': type }, body: Buffer.from(text) }
}

/** As DynamoDB answers. */
function reported(status: number, content: object): Answer {
  const body = Buffer.from(JSON.stringify(content))
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-crc32': String(crc32(body)) }
  return { status, headers, body }
}

const nameIn = (error: string) => `com.amazonaws.dynamodb.v20120810#${error}`

const rejection = (error: string, status = 400, message = 'as the test wants it') =>
  reported(status, { __type: nameIn(error), message })

function rejecting(error: string, status?: number, message?: string): Fault {
  return (call) => call.answer(rejection(error, status, message))
}

/** Refuses a transaction, for these reasons at its first items. */
function cancelling(...reasons: readonly string[]): Fault {
  return async (call) => {
    const { TransactItems } = JSON.parse((await call.read()).toString()) as { TransactItems: unknown[] }
    const codes = TransactItems.map((_, index) => reasons[index] ?? 'None')
    const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`
    const CancellationReasons = codes.map((Code) =>
      Code === 'None' ? { Code } : { Code, Message: 'as the test wants it' },
    )
    call.answer(reported(400, { __type: nameIn('TransactionCanceledException'), message, CancellationReasons }))
  }
}

interface Batch {
  readonly [table: string]: { readonly Keys: readonly unknown[] }
}

/** Leaves some of a batch's keys unprocessed, and answers for the others honestly. */
function leaving(howMany: (keys: number) => number): Fault {
  return async (call: Call) => {
    const asked = JSON.parse((await call.read()).toString()) as { RequestItems: Batch }
    const [[table, expected] = ['', { Keys: [] }]] = Object.entries(asked.RequestItems)
    const left = howMany(expected.Keys.length)
    const UnprocessedKeys = { [table]: { ...expected, Keys: expected.Keys.slice(0, left) } }
    const read = expected.Keys.slice(left)
    if (read.length === 0) {
      const ConsumedCapacity = [{ TableName: table, CapacityUnits: 0 }]
      return call.answer(reported(200, { Responses: { [table]: [] }, UnprocessedKeys, ConsumedCapacity }))
    }
    const { body } = await call.deliver(
      Buffer.from(JSON.stringify({ ...asked, RequestItems: { [table]: { ...expected, Keys: read } } })),
    )
    call.answer(reported(200, { ...(JSON.parse(body.toString()) as object), UnprocessedKeys }))
  }
}

/** A digit in the midst becomes another, or there is a space too many: still JSON, and not what was sent. */
function alteredIn(body: Buffer): Buffer {
  const altered = Buffer.from(body)
  const place = altered.findLastIndex((byte, index) => byte >= 0x30 && byte <= 0x38 && index < body.length / 2)
  if (place < 0) return Buffer.concat([altered, Buffer.from(' ')])
  altered[place] = (altered[place] ?? 0) + 1
  return altered
}
