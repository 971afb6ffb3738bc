// @ts-check
// What Lambda's runtime does: loads the handlers once, then hands them one event after another, and JSON is what goes in
// and comes out. Plain JavaScript, because it is started as a process of its own.
const [, , bundle = ''] = process.argv
const handlers = await import(bundle)

/** @param {{ number: number, handler: string, event: unknown, remaining: number }} order */
async function invoke({ number, handler, event, remaining }) {
  const until = performance.now() + remaining
  const context = { awsRequestId: `invocation-${number}`, getRemainingTimeInMillis: () => until - performance.now() }
  try {
    process.send?.({ number, answer: JSON.stringify(await handlers[handler](event, context)) })
  } catch (error) {
    process.send?.({ number, error: String(error) })
  }
}

process.on('message', (order) => void invoke(/** @type {Parameters<typeof invoke>[0]} */ (order)))
process.send?.('ready')
