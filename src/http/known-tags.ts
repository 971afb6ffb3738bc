import { LRUCache } from 'lru-cache'
import type { Viewer } from '../domain/access.ts'
import { wemasOf } from '../domain/enclosure.ts'
import type { ServiceContext } from '../service/context.ts'
import type { Endpoint } from './endpoint.ts'
import { namesTag } from './entity-tags.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { notModified } from './respond.ts'

/** Beyond it, the tag that has not been asked for for longest is forgotten, and its response is made again. */
const MAX_TAGS = 5000
/** For longer keys no tag is remembered. In characters. */
const MAX_KEY_LENGTH = 1000

type TagContext = Pick<ServiceContext, 'store' | 'sites'>

/** The tag of the last response to a query, what that was parsed to, and the version of what the response depends on. */
interface Known {
  readonly input: unknown
  readonly version: string
  readonly tag: string
}

/**
 * The tags of an endpoint's responses, while the reservations that these depend on stay the same. So a `304` needs no response
 * to be made, and its query is not parsed again.
 */
export class KnownTags {
  private readonly endpoint: Pick<Endpoint, 'dependsOn'>
  private readonly context: TagContext
  private readonly headers: HttpResponse['headers'] | undefined
  private readonly known = new LRUCache<string, Known>({ max: MAX_TAGS })

  /** @param headers those of a `304`, if they are not those of JSON */
  constructor(endpoint: Pick<Endpoint, 'dependsOn'>, context: TagContext, headers?: HttpResponse['headers']) {
    this.endpoint = endpoint
    this.context = context
    this.headers = headers
  }

  /** What a query was parsed to when it was last answered; undefined if that is not remembered. */
  inputOf(key: string): unknown {
    return this.known.get(key)?.input
  }

  /**
   * The response to a `GET`. Calls `make` unless the client has it already.
   * @param key a text that differs for each input and viewer
   */
  async revalidate(
    request: HttpRequest,
    { key, input }: { readonly key: string; readonly input: unknown },
    make: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const version = await this.versionFor(input)
    const known = this.known.get(key)
    if (known && known.version === version && namesTag(request.header('if-none-match'), known.tag))
      return notModified(known.tag, this.headers)
    const response = await make()
    const { ETag: tag } = response.headers
    if (tag !== undefined && version !== undefined && key.length <= MAX_KEY_LENGTH)
      this.known.set(key, { input, version, tag })
    return response
  }

  /** The version of the sites and of their enclosures; undefined if the response depends on more, or the version is unknown. */
  private async versionFor(input: unknown): Promise<string | undefined> {
    const { store, sites: telescopes } = this.context
    const sites = this.endpoint.dependsOn?.(input)
    return sites && store.versionOf?.([...sites, ...wemasOf(sites, telescopes)])
  }
}

/** The key of a viewer's query. No two have the same: the length tells where the query ends. */
export const keyOf = (query: string, viewer: Viewer): string =>
  `${viewer.sees} ${query.length} ${query} ${viewer.sees === 'own' ? (viewer.observer ?? '') : ''}`
