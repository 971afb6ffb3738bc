import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Viewer, viewerOf } from '../domain/access.ts'
import { wemasOf } from '../domain/enclosure.ts'
import type { Actor } from '../domain/observer.ts'
import type { ServiceContext } from '../service/context.ts'
import type { Endpoint } from './endpoint.ts'
import { namesTag } from './entity-tags.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { notModified } from './respond.ts'

/** Beyond it, the tag that has not been asked for for longest is forgotten, and its response is made again. */
const MAX_TAGS = 5000

type TagContext = Pick<ServiceContext, 'store' | 'sites'>

/**
 * The tags of an endpoint's responses, while the reservations that these depend on stay the same. So a `304` needs no response
 * to be made.
 */
export class KnownTags {
  private readonly endpoint: Pick<Endpoint, 'dependsOn'>
  private readonly context: TagContext
  private readonly headers: HttpResponse['headers'] | undefined
  /** By what the response depends on. */
  private readonly tags = new LRUCache<string, string>({ max: MAX_TAGS })

  /** @param headers those of a `304`, if they are not those of JSON */
  constructor(endpoint: Pick<Endpoint, 'dependsOn'>, context: TagContext, headers?: HttpResponse['headers']) {
    this.endpoint = endpoint
    this.context = context
    this.headers = headers
  }

  /** The response to a `GET`. Calls `make` unless the client has it already. */
  async revalidate(
    request: HttpRequest,
    question: { readonly input: unknown; readonly actor: Actor },
    make: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const key = await this.keyOf(question.input, viewerOf(question.actor))
    if (key === undefined) return make()
    const known = this.tags.get(key)
    if (known !== undefined && namesTag(request.header('if-none-match'), known)) return notModified(known, this.headers)
    const response = await make()
    const { ETag: tag } = response.headers
    if (tag !== undefined) this.tags.set(key, tag)
    return response
  }

  /** The version of the sites and of their enclosures, the question and the viewer; undefined if the response depends on more, or the version is unknown. */
  private async keyOf(input: unknown, viewer: Viewer): Promise<string | undefined> {
    const { store, sites: telescopes } = this.context
    const sites = this.endpoint.dependsOn?.(input)
    const version = sites && (await store.versionOf?.([...sites, ...wemasOf(sites, telescopes)]))
    return version === undefined ? undefined : hash('sha256', JSON.stringify([version, input, viewer]), 'base64url')
  }
}
