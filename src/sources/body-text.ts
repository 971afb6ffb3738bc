/** The text of an answer; undefined where it is longer than so many bytes, and then the rest of it is not taken. */
export async function readTextUpTo(max: number, answer: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength
    if (size > max) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
