import { createPublicKey, type KeyObject } from 'node:crypto'
import { textOf } from './settings-file.ts'

/**
 * Reads an RSA key from a PEM public key or X.509 certificate, given as text or as the path of a file.
 * @throws Error with a sentence for the operator, if it is not a key, is private, or has fewer than 2048 bits
 */
export function readPublicKey(textOrPath: string): KeyObject {
  const key = parse(textOrPath)
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw new Error('must be an RSA key of at least 2048 bits')
  }
  return key
}

function parse(textOrPath: string): KeyObject {
  // A setting that cannot have several lines has `\n` instead.
  const text = textOrPath.includes('-----BEGIN') ? textOrPath.replaceAll('\\n', '\n') : textOf(textOrPath)
  try {
    // Node would derive the public key from a private one, and the leak would go unnoticed.
    if (!text.includes('PRIVATE KEY')) return createPublicKey(text)
  } catch (cause) {
    throw new Error('must be a PEM public key or certificate, or a file that holds one', { cause })
  }
  throw new Error('must be a public key, and this is a private one')
}
