import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { JWK_RSA_Private } from 'jose'
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A private RSA key as a JWK (RFC 7517), named by its thumbprint (RFC 7638). */
export interface SigningKey extends JWK_RSA_Private {
  readonly kty: 'RSA'
  readonly alg: 'RS256'
  readonly use: 'sig'
  readonly kid: string
}

/**
 * The key kept in `file`, made on first use, so that tokens outlive a restart of the service.
 * Processes that start at the same time end with the same key.
 * @throws Error when the file holds anything but a private RSA key.
 */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  return await readKey(file) ?? await makeKey(file)
}

async function makeKey(file: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
  await mkdir(dirname(file), { recursive: true })
  await writeOnce(file, `${JSON.stringify(await exportJWK(privateKey))}\n`)
  const key = await readKey(file)
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

async function readKey(file: string): Promise<SigningKey | undefined> {
  try {
    const jwk = JSON.parse(await readFile(file, 'utf8')) as JWK_RSA_Private & { kty?: unknown }
    if (jwk.kty !== 'RSA' || !jwk.d) throw new TypeError('not a private RSA key')
    return { ...jwk, kty: 'RSA', alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint({ ...jwk, kty: 'RSA' }) }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new Error(`${file} does not hold a private RSA key as a JWK. Remove it, and a new one is made.`, { cause: error })
  }
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code
