import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'

const number = z.base64url().min(1)
const PrivateRsa = z.object({
  kty: z.literal('RSA'), n: number, e: number, d: number, p: number, q: number, dp: number, dq: number, qi: number
})

/** A private RSA key as a JWK (RFC 7517), named by its thumbprint (RFC 7638). */
export interface SigningKey extends z.infer<typeof PrivateRsa> {
  readonly alg: 'RS256'
  readonly use: 'sig'
  readonly kid: string
}

/** A file that holds something else. */
export class NoSigningKey extends Error {}

/**
 * The key kept in `file`, made on first use, so that tokens outlive a restart of the service.
 * Processes that start at the same time end with the same key.
 * @throws NoSigningKey when the file holds anything but a private RSA key; an error of the system when it cannot be had
 */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  return await readSigningKey(file) ?? await makeKey(file)
}

async function makeKey(file: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeOnce(file, `${JSON.stringify(await exportJWK(privateKey))}\n`)
  const key = await readSigningKey(file)
  if (!key) throw new Error(`The signing key ${file} vanished while it was being made.`)
  return key
}

/** A link either makes the whole file or, where another process was first, nothing: no one ever reads half a key. */
async function writeOnce(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, file)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
}

/** The key kept in `file`; undefined where there is none. @throws as `loadSigningKey` does */
export async function readSigningKey(file: string): Promise<SigningKey | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    const jwk = PrivateRsa.parse(JSON.parse(text))
    return { ...jwk, alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(jwk) }
  } catch (error) {
    throw new NoSigningKey(`${file} does not hold a private RSA key as a JWK. Remove it, and a new one is made.`, { cause: error })
  }
}

const codeOf = (error: unknown): unknown => error instanceof Error && 'code' in error ? error.code : undefined
