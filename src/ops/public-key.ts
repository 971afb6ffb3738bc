import { createPublicKey, type KeyObject } from 'node:crypto'
import { textOf } from './settings-file.ts'

/**
 * The RSA key of a PEM public key or X.509 certificate: the text itself, or the path of a file that holds it.
 * @throws Error in words for whoever set it, when it is none, a private one, or shorter than 2048 bits
 */
export function readPublicKey(textOrPath: string): KeyObject {
  const key = parse(textOrPath)
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw new Error('must be an RSA key of at least 2048 bits')
  }
  return key
}

function parse(textOrPath: string): KeyObject {
  // Where a setting cannot hold several lines, they are written with \n.
  const text = textOrPath.includes('-----BEGIN') ? textOrPath.replaceAll('\\n', '\n') : textOf(textOrPath)
  try {
    // Of a private key Node would make the public one, and nobody would notice where it had been put.
    if (!text.includes('PRIVATE KEY')) return createPublicKey(text)
  } catch (cause) {
    throw new Error('must be a PEM public key or certificate, or a file that holds one', { cause })
  }
  throw new Error('must be a public key, and this is a private one')
}
