import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'
import { ask, Unanswered } from './ask.ts'
import { nameIn, rolesIn } from './claims.ts'
import type { KeepOptions } from './keep.ts'

const PATIENCE_MS = 2000
/** Seconds for which an answer is remembered; that there was none for one token; and that it is the same for all. */
const FRESH = 600
const PAUSE = 30
const SHORT_PAUSE = 5
const MOST_TOKENS = 2000
/** At once; beyond it nobody is told about. */
const MOST_QUESTIONS = 50

/** What the issuer tells of a token's bearer. */
export interface Told {
  readonly roles: readonly string[]
  readonly name: string | undefined
}

export interface UserinfoOptions extends KeepOptions {
  /** The claim that holds `{ roles }`. */
  readonly rolesClaim: string
}

/**
 * Asks `/userinfo` of tokens that were verified; undefined where it does not tell, and then nobody is an admin.
 * @param address where it is, if there is one
 */
export function userinfoOf(address: () => Promise<string | undefined>, { rolesClaim, elapsed, report }: UserinfoOptions) {
  const known = new LRUCache<string, { readonly told: Promise<Told | undefined>; until: number }>({ max: MOST_TOKENS })
  let silentUntil = -Infinity
  let questions = 0

  const learn = async (token: string, sub: string): Promise<Told> => {
    const where = await address()
    if (where === undefined) return { roles: [], name: undefined }
    const claims = await ask(where, PATIENCE_MS, token)
    if (!claims) throw new Error(`${where} is not there`)
    // By OpenID Connect it may not be used then: it could be an answer to somebody else.
    if (claims['sub'] !== sub) throw new Error(`${where} tells of somebody else than was asked about`)
    return { roles: rolesIn(claims, rolesClaim) ?? [], name: nameIn(claims) }
  }
  const learnOrReport = async (token: string, sub: string): Promise<Told | undefined> => {
    questions += 1
    try {
      return await learn(token, sub)
    } catch (error) {
      if (error instanceof Unanswered || error instanceof Failure) silentUntil = elapsed() + SHORT_PAUSE
      report('The issuer does not tell roles.', error)
      return undefined
    } finally {
      questions -= 1
    }
  }
  /** @param sub whose the token is */
  return (token: string, sub: string): Promise<Told | undefined> => {
    // Not by the token itself, which is long, and a secret.
    const name = createHash('sha256').update(token).digest('base64')
    const found = known.get(name)
    if (found && elapsed() < found.until) return found.told
    if (elapsed() < silentUntil || questions >= MOST_QUESTIONS) return Promise.resolve(undefined)
    const entry = { told: learnOrReport(token, sub), until: Infinity }
    known.set(name, entry)
    void entry.told.then((told) => { entry.until = elapsed() + (told ? FRESH : PAUSE) })
    return entry.told
  }
}
