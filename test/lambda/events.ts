import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'
import type { GatewayEvent } from '../../src/http/adapters/api-gateway.ts'

/** A client's request to a gateway. `where` is what follows the stage, as `siteevents?site=saf`. */
export interface ClientRequest {
  readonly method: string
  readonly where: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** The gateway treats some bodies as binary, and passes them on as Base64. */
  readonly base64?: boolean
}

/** The address of every client. */
export const CLIENT = '203.0.113.7'

interface Gateway {
  readonly stage: string
  /** The path before `where`. */
  readonly root: string
  readonly event: (client: ClientRequest) => GatewayEvent
}

const OWN = 'k3xmpl9abc.execute-api.us-east-1.amazonaws.com'
const CUSTOM = 'calendar.example.org'

/** The kinds of gateway, with the event that each makes of a request. */
export const GATEWAYS: Readonly<Record<string, Gateway>> = {
  'a REST API': gateway('dev', '/dev/', (client) => restApiEvent(client, OWN, '/')),
  'a REST API at a domain of its own': gateway('dev', '/dev/', (client) => restApiEvent(client, CUSTOM, '/dev/')),
  'an HTTP API': gateway('$default', '/', (client) => httpApiEvent(client, OWN, '/', '$default')),
  'an HTTP API with a stage': gateway('dev', '/dev/', (client) => httpApiEvent(client, OWN, '/dev/', 'dev')),
  'an HTTP API at a domain of its own': gateway('$default', '/dev/', (client) =>
    httpApiEvent(client, CUSTOM, '/dev/', '$default'),
  ),
}

function gateway(stage: string, root: string, event: (client: ClientRequest) => GatewayEvent): Gateway {
  return { stage, root, event }
}

let requests = 0

const textOf = ({ body, base64 }: ClientRequest) => {
  if (body === undefined) return null
  return base64 ? Buffer.from(body).toString('base64') : Buffer.from(body).toString()
}

/** Version 1.0: a REST API. Values are decoded, and names are as the client wrote them. */
export function restApiEvent(
  client: ClientRequest,
  domainName: string,
  root: string,
  stage = 'dev',
): APIGatewayProxyEvent {
  const { path, query } = parts(client)
  const headers = {
    Accept: '*/*',
    Host: domainName,
    'X-Forwarded-For': CLIENT,
    'X-Forwarded-Proto': 'https',
    ...client.headers,
  }
  const names = [...new Set(query.keys())]
  return {
    resource: '/{proxy+}',
    path: `${root}${path}`,
    httpMethod: client.method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: names.length > 0 ? Object.fromEntries(query) : null,
    multiValueQueryStringParameters:
      names.length > 0 ? Object.fromEntries(names.map((name) => [name, query.getAll(name)])) : null,
    pathParameters: { proxy: path },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'k3xmpl9abc',
      authorizer: null,
      domainName,
      domainPrefix: domainName.split('.')[0] ?? '',
      extendedRequestId: 'JKJaXmPLvHcESHA=',
      httpMethod: client.method,
      identity: { ...NOBODY, sourceIp: CLIENT, userAgent: 'curl/8.5.0' },
      path: `/${stage}/${path}`,
      protocol: 'HTTP/1.1',
      requestId: `c6af9ac6-7b61-11e6-9a41-93e8de${String((requests += 1)).padStart(6, '0')}`,
      requestTimeEpoch: 1_900_000_000_000,
      resourceId: '123456',
      resourcePath: '/{proxy+}',
      stage,
    },
    body: textOf(client),
    isBase64Encoded: client.base64 ?? false,
  }
}

const NOBODY = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
}

/** Version 2.0: an HTTP API. Names of headers are lower-case, the query is as the client wrote it. */
export function httpApiEvent(
  client: ClientRequest,
  domainName: string,
  root: string,
  stage: string,
): APIGatewayProxyEventV2 {
  const { path, search } = parts(client)
  const overrides = Object.entries(client.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])
  const body = textOf(client)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: `${root}${path}`,
    rawQueryString: search,
    headers: {
      accept: '*/*',
      host: domainName,
      'x-forwarded-for': CLIENT,
      'x-forwarded-proto': 'https',
      ...Object.fromEntries(overrides),
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'k3xmpl9abc',
      domainName,
      domainPrefix: domainName.split('.')[0] ?? '',
      http: {
        method: client.method,
        path: `${root}${path}`,
        protocol: 'HTTP/1.1',
        sourceIp: CLIENT,
        userAgent: 'curl/8.5.0',
      },
      requestId: `JKJaXmPLvHcES${(requests += 1)}=`,
      routeKey: '$default',
      stage,
      time: '17/Mar/2030:17:46:40 +0000',
      timeEpoch: 1_900_000_000_000,
    },
    ...(body !== null && { body }),
    isBase64Encoded: client.base64 ?? false,
  }
}

function parts({ where }: ClientRequest) {
  const [path = '', search = ''] = where.split('?')
  return { path, search, query: new URLSearchParams(search) }
}
