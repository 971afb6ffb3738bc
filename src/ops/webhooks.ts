import { url } from './address.ts'
import { namedValues } from './named-values.ts'

/** The maximal number of receivers: each change writes a message to each, and a transaction in DynamoDB has 100 items. */
const MAX_RECEIVERS = 5
/** The maximal number of secrets of a receiver: the old and the new while they are rotated, and one to spare. */
const MAX_SECRETS = 3
const PREFIX = 'whsec_'
/** Bytes of a secret, by the specification. */
const [MIN_BYTES, MAX_BYTES] = [24, 64]

/** The addresses of receivers by name. */
export const receiverAddresses = namedValues((value) => {
  const { error } = url.safeParse(value)
  const [issue] = error?.issues ?? []
  return issue ? { problem: issue.message } : { value }
}).refine((receivers) => receivers.size <= MAX_RECEIVERS, `must be at most ${MAX_RECEIVERS} receivers`)

/** The keys of receivers by name: of each one or several, separated by spaces. */
export const receiverSecrets = namedValues((value) => {
  const keys = value.split(/\s+/).map(keyIn)
  const valid = keys.filter((key) => key !== undefined)
  return valid.length === keys.length && keys.length <= MAX_SECRETS
    ? { value: valid }
    : {
        problem: `must be 1 to ${MAX_SECRETS} secrets for each name, ${PREFIX} and ${MIN_BYTES} to ${MAX_BYTES} random bytes in base64`,
      }
})

/** The bytes of a secret; undefined if it is malformed, or its bytes are clearly not random. */
function keyIn(secret: string): Buffer | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : ''
  const key = Buffer.from(text, 'base64')
  const isBase64 = key.toString('base64') === text
  const isLongEnough = key.length >= MIN_BYTES && key.length <= MAX_BYTES
  return isBase64 && isLongEnough && new Set(key).size >= MIN_DISTINCT ? key : undefined
}

/** Distinct bytes of a secret. One in a billion of 24 random bytes has fewer. */
const MIN_DISTINCT = 12

interface WebhookSettings {
  readonly WEBHOOKS: ReadonlyMap<string, string>
  readonly WEBHOOK_SECRETS: ReadonlyMap<string, readonly Buffer[]>
}

/** Sentences about receivers without secrets, and secrets without a receiver. */
export function webhookProblems({ WEBHOOKS, WEBHOOK_SECRETS }: Partial<WebhookSettings>): string[] {
  if (!WEBHOOKS || !WEBHOOK_SECRETS) return []
  return [
    ...[...WEBHOOKS.keys()]
      .filter((name) => !WEBHOOK_SECRETS.has(name))
      .map((name) => `WEBHOOKS has ${name}, for which WEBHOOK_SECRETS has no secret`),
    // By its number: if name and secret are swapped, the name is the secret.
    ...[...WEBHOOK_SECRETS.keys()].flatMap((name, index) =>
      WEBHOOKS.has(name) ? [] : [`WEBHOOK_SECRETS has a name that WEBHOOKS does not have: number ${index + 1}`],
    ),
  ]
}
