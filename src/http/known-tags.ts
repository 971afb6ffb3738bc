import { LRUCache } from 'lru-cache'
import type { Viewer } from '../domain/access.ts'
import { wemasOf } from '../domain/enclosure.ts'
import type { ServiceContext } from '../service/context.ts'
import type { Endpoint } from './endpoint.ts'
import { namesTag } from './entity-tags.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { notModified } from './respond.ts'

/** Beyond it, the question that has not been asked for longest is forgotten, and its response is made again. */
const MAX_QUESTIONS = 5000
/** Longer questions are not remembered. In characters. */
const MAX_LENGTH = 1000

type TagContext = Pick<ServiceContext, 'store' | 'sites'>

/** The tag of the last response to a question, and the version of what the response depends on. */
interface Known {
  readonly input: unknown
  readonly version: string
  readonly tag: string
}

/**
 * The tags of an endpoint's responses, while the reservations that these depend on stay the same. So a `304` needs no response
 * to be made, and its question is not parsed again.
 */
export class KnownTags {
  private readonly endpoint: Pick<Endpoint, 'dependsOn'>
  private readonly context: TagContext
  private readonly headers: HttpResponse['headers'] | undefined
  /** By the question. */
  private readonly known = new LRUCache<string, Known>({ max: MAX_QUESTIONS })

  /** @param headers those of a `304`, if they are not those of JSON */
  constructor(endpoint: Pick<Endpoint, 'dependsOn'>, context: TagContext, headers?: HttpResponse['headers']) {
    this.endpoint = endpoint
    this.context = context
    this.headers = headers
  }

  /** What a question was parsed to when it was last answered; undefined if that is not remembered. */
  inputOf(question: string): unknown {
    return this.known.get(question)?.input
  }

  /**
   * The response to a `GET`. Calls `make` unless the client has it already.
   * @param question a text that differs for each input and viewer
   */
  async revalidate(
    request: HttpRequest,
    { question, input }: { readonly question: string; readonly input: unknown },
    make: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const version = await this.versionFor(input)
    const known = this.known.get(question)
    if (known && known.version === version && namesTag(request.header('if-none-match'), known.tag))
      return notModified(known.tag, this.headers)
    const response = await make()
    const { ETag: tag } = response.headers
    if (tag !== undefined && version !== undefined && question.length <= MAX_LENGTH)
      this.known.set(question, { input, version, tag })
    return response
  }

  /** The version of the sites and of their enclosures; undefined if the response depends on more, or the version is unknown. */
  private async versionFor(input: unknown): Promise<string | undefined> {
    const { store, sites: telescopes } = this.context
    const sites = this.endpoint.dependsOn?.(input)
    return sites && store.versionOf?.([...sites, ...wemasOf(sites, telescopes)])
  }
}

/** The question of a viewer in a query. No two have the same text: the length tells where the query ends. */
export const questionIn = (query: string, viewer: Viewer): string =>
  `${viewer.sees} ${query.length} ${query} ${viewer.sees === 'own' ? (viewer.observer ?? '') : ''}`
