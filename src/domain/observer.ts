/** The `sub` of a signed-in person's token, or `service:NAME`. */
export type ObserverId = string

/** Who asks. */
export type Actor =
  | { readonly role: 'anonymous' }
  | {
      readonly role: 'observer' | 'admin'
      readonly id: ObserverId
      /** Undefined where they have none, or where it is `untold`. */
      readonly name: string | undefined
      /** Their token tells no name, and the issuer did not answer: they may have one. */
      readonly untold?: boolean
    }
  /** A trusted program with a service key; its `id` is `service:NAME`. */
  | { readonly role: 'service'; readonly id: ObserverId; readonly name: string }

export const anonymous: Actor = { role: 'anonymous' }

/** What stands in the place of a name. */
export const NAMELESS = 'Observer'

/** What whoever has signed in is called. */
export const nameOf = ({ name }: { readonly name: string | undefined }): string => name ?? NAMELESS

/** How the history names an actor. */
export const actorIdOf = (actor: Actor): string => (actor.role === 'anonymous' ? 'anonymous' : actor.id)

/** Whether a person of that id could not be told from a service, or from whom the history names by a word. */
export const isReservedId = (id: string): boolean => id.startsWith('service:') || id === 'anonymous' || id === 'import'
