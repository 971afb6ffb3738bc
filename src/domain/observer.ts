/** The `sub` of an observer's token, or `service:NAME`. */
export type ObserverId = string

/** The sender of a request. */
export type Actor =
  | { readonly role: 'anonymous' }
  | {
      readonly role: 'observer' | 'admin'
      readonly id: ObserverId
      /** Undefined if the observer has no name, or if it is unavailable. */
      readonly name: string | undefined
      /** The token contains no name, and the issuer did not answer: the observer may have one. */
      readonly isNameUnavailable?: boolean
    }
  /** A trusted program with a service key; its `id` is `service:NAME`. */
  | { readonly role: 'service'; readonly id: ObserverId; readonly name: string }

/** The actor who is not signed in. */
export const anonymous: Actor = { role: 'anonymous' }

/** The display name of observers without a name. */
export const NAMELESS = 'Observer'

/** The display name of a signed-in actor. */
export const nameOf = ({ name }: { readonly name: string | undefined }): string => name ?? NAMELESS

/** The id of an actor in the history. */
export const actorIdOf = (actor: Actor): string => (actor.role === 'anonymous' ? 'anonymous' : actor.id)

/** Whether an id has a special meaning in the history, so that no observer may have it. */
export const isReservedId = (id: string): boolean => id.startsWith('service:') || id === 'anonymous' || id === 'import'
