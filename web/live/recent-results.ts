/** The most results that are kept, for going back without waiting. */
const MAX = 32

/** The results and a new one; beyond 32 the oldest is forgotten. */
export const withResult = <T>(results: ReadonlyMap<string, T>, key: string, result: T): ReadonlyMap<string, T> =>
  new Map([...[...results].filter(([other]) => other !== key), [key, result] as const].slice(-MAX))
