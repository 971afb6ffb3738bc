/** The `sub` of a signed-in person's token, or `service:NAME`. */
export type ObserverId = string

/** Who asks. */
export type Actor =
  | { readonly role: 'anonymous' }
  | { readonly role: 'observer' | 'admin'; readonly id: ObserverId; readonly name: string }
  /** A trusted program with a service key; its `id` is `service:NAME`. */
  | { readonly role: 'service'; readonly id: ObserverId; readonly name: string }

export const anonymous: Actor = { role: 'anonymous' }

/** How the history names an actor. */
export const signatureOf = (actor: Actor): string => (actor.role === 'anonymous' ? 'anonymous' : actor.id)
