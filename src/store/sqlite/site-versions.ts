import { randomBytes } from 'node:crypto'
import type { SiteCode } from '../../domain/site.ts'
import type { DurableChange } from './change.ts'

/** Sites whose last change is remembered. With more, all are forgotten, and have new versions. */
const MAX_SITES = 10_000

/** The versions of sites: texts that change with each durable change, and are unique to this process and this opening of the file. */
export class SiteVersions {
  private readonly foreignWrites: () => number | undefined
  private nonce = newNonce()
  private changes = 0
  /** The number of the last change at each site. */
  private readonly last = new Map<SiteCode, number>()

  /** @param foreignWrites as {@link Scrubber.version} */
  constructor(foreignWrites: () => number | undefined) {
    this.foreignWrites = foreignWrites
  }

  /** The version of some sites together; undefined while texts may be damaged, since these are not listed. */
  of(sites: readonly SiteCode[]): string | undefined {
    const foreignWrites = this.foreignWrites()
    if (foreignWrites === undefined) return undefined
    const last = sites.reduce((latest, site) => Math.max(latest, this.last.get(site) ?? 0), 0)
    return `${this.nonce} ${foreignWrites} ${last}`
  }

  /** Counts durable changes. */
  apply(changes: readonly DurableChange[]): void {
    for (const { before, after } of changes) {
      this.changes += 1
      for (const site of [before?.reservation.site, after?.site])
        if (site !== undefined) this.last.set(site, this.changes)
    }
    if (this.last.size > MAX_SITES) this.clear()
  }

  /** Gives all sites new versions. */
  clear(): void {
    this.nonce = newNonce()
    this.last.clear()
  }
}

const newNonce = () => randomBytes(9).toString('base64url')
