/** Idle values are kept until the map has this many more than twice those that were in use when they were last forgotten. */
const MAX_IDLE = 100

/**
 * Values by key. Those that are idle are forgotten together and not one by one: a Map allocates a table for every few keys
 * that come and go, and each table keeps the next one from being collected early.
 */
export class PrunedMap<V> {
  private readonly values = new Map<string, V>()
  private readonly create: (key: string) => V
  private readonly isIdle: (value: V) => boolean
  private max = MAX_IDLE

  constructor(create: (key: string) => V, isIdle: (value: V) => boolean) {
    this.create = create
    this.isIdle = isIdle
  }

  get size(): number {
    return this.values.size
  }

  get(key: string): V | undefined {
    return this.values.get(key)
  }

  /** The value of a key, which is created if there is none. */
  obtain(key: string): V {
    const known = this.values.get(key)
    if (known !== undefined) return known
    if (this.values.size >= this.max) this.prune()
    const created = this.create(key)
    this.values.set(key, created)
    return created
  }

  private prune(): void {
    for (const [key, value] of this.values) if (this.isIdle(value)) this.values.delete(key)
    this.max = 2 * this.values.size + MAX_IDLE
  }
}
