/** The body of a response; undefined if it has more than `max` bytes: then the rest is not read. */
export async function readBytesUpTo(max: number, response: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > max) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The same, as text. */
export const readTextUpTo = async (max: number, response: Response): Promise<string | undefined> =>
  (await readBytesUpTo(max, response))?.toString()

/** Reads a short body, so that the connection can be reused; cancels any other. */
export async function discardBody(response: Response): Promise<void> {
  const isShort = Number(response.headers.get('content-length') ?? Infinity) <= 4096
  await (isShort ? response.arrayBuffer() : response.body?.cancel())?.catch(() => undefined)
}
