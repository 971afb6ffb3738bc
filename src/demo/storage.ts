import { LRUCache } from 'lru-cache'
import type { AdapterFactory, AdapterPayload } from 'oidc-provider'

/** Storage of the provider's sign-ins, codes and grants: in memory only, since it is a demo. */
export function memoryStorage(): AdapterFactory {
  const stored = new LRUCache<string, AdapterPayload>({ max: 10_000 })
  return (model) => {
    const keyOf = (id: string) => `${model}:${id}`
    const ours = () => [...stored.entries()].filter(([key]) => key.startsWith(keyOf('')))
    return {
      upsert: async (id, payload, seconds = 0) => void stored.set(keyOf(id), payload, { ttl: seconds * 1000 }),
      find: async (id) => stored.get(keyOf(id)),
      findByUid: async (uid) => ours().find(([, payload]) => payload.uid === uid)?.[1],
      findByUserCode: async (code) => ours().find(([, payload]) => payload.userCode === code)?.[1],
      destroy: async (id) => void stored.delete(keyOf(id)),
      consume: async (id) => {
        const payload = stored.get(keyOf(id))
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, payload] of ours()) if (payload.grantId === grantId) stored.delete(key)
      },
    }
  }
}
