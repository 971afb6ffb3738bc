import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'

const number = z.base64url().min(1)
const PrivateRsa = z.object({
  kty: z.literal('RSA'),
  n: number,
  e: number,
  d: number,
  p: number,
  q: number,
  dp: number,
  dq: number,
  qi: number,
})

/** A private RSA key as a JWK (RFC 7517), named by its thumbprint (RFC 7638). */
export interface SigningKey extends z.infer<typeof PrivateRsa> {
  readonly alg: 'RS256'
  readonly use: 'sig'
  readonly kid: string
}

/** The key file holds something else. */
export class NoSigningKey extends Error {}

/**
 * Reads the key in `file`, and creates it on first use, so that tokens stay valid after a restart. Processes that start
 * at the same time get the same key.
 * @throws NoSigningKey if the file does not hold a private RSA key; errors of the system if it cannot be read or created
 */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  return (await readSigningKey(file)) ?? (await createKey(file))
}

async function createKey(file: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeOnce(file, `${JSON.stringify(await exportJWK(privateKey))}\n`)
  const key = await readSigningKey(file)
  if (!key) throw new Error(`The signing key ${file} was deleted while it was created.`)
  return key
}

/** Writes a temporary file and links it: another process never reads half a key, and an existing key is kept. */
async function writeOnce(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}`
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx' })
  try {
    await link(temporary, file)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await unlink(temporary)
  }
}

/** Reads the key in `file`; undefined if there is no file. @throws as `loadSigningKey` */
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
    throw new NoSigningKey(`${file} does not hold a private RSA key as a JWK. Remove it, and a new one is created.`, {
      cause: error,
    })
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
