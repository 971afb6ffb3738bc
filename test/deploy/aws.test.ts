import { SchemaValidator, TemplateFile } from '@aws/cloudformation-validate'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import choose from '../../deploy/aws/choices.cjs'
import { readSettings, SETTINGS } from '../../src/ops/settings.ts'
import { secretOf } from '../webhook-receiver.ts'
import { EXPIRES, FAILED_WEBHOOKS, OUTBOX, STATE, tableDefinition, WEBHOOKS } from '../../src/store/dynamodb/items.ts'
import { describeDeployScript } from './deploy-script.ts'
import { resourcesOf, type Packaged, type Resource, type Resources, workshop } from './package.ts'

const SERVICE = 'photonranch-reservations'
/** A value of every parameter. */
const EVERYTHING = {
  TABLE_NAME: 'reservations',
  SERVICE_KEYS_SECRET: 'calendar/dev',
  SERVICE_KEYS_VERSION: '01234567-89ab-cdef-0123-456789abcdef',
  DOMAIN: 'calendar.example.org',
  CERTIFICATE_ARN: 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
  HOSTED_ZONE_ID: 'Z0123456789',
  ALARM_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:alarms',
  AUTH_ISSUER: 'https://issuer.example.org/',
  AUTH_AUDIENCE: 'https://calendar.example.org',
  PROJECTS_URL: 'https://projects.example.org/prod',
  PORTALS: 'mrc=https://portal.example.org',
  PORTAL_TELESCOPES: 'mrc1=mrc/0m31',
  WEBHOOKS: 'archive=https://archive.example.org/hook',
  WEBHOOK_SECRETS_SECRET: 'webhooks/dev',
  PORTAL_KEYS_SECRET: 'portals/dev',
  PORTAL_KEYS_VERSION: '89abcdef-0123-4567-89ab-cdef01234567',
  LOG_LEVEL: 'warn',
  ANONYMOUS_CHANGES_PER_HOUR: '15000',
  GATEWAY_LOG: 'existing',
}
const TAKEN_OVER = {
  TABLE: 'existing',
  TABLE_NAME: 'photonranch-calendar',
  SERVICE_KEYS_SECRET: 'calendar/test',
  DOMAIN: 'calendar.example.org',
  ENDPOINT: 'EDGE',
  FIREWALL: 'off',
  GATEWAY_LOG: 'off',
  ANSWERS: 'whole',
  SITES_FILE: '/etc/calendar/sites.json',
}

const { pack, close } = workshop()
let packaged: Packaged[]
let prod: Resources
let full: Resources
let takenOver: Resources

beforeAll(async () => {
  // The first alone, since it compiles for the others how osls checks a service.
  packaged = [await pack('prod', 'prod')]
  packaged.push(...(await Promise.all([pack('full', 'dev', EVERYTHING), pack('taken-over', 'test', TAKEN_OVER)])))
  ;[prod = {}, full = {}, takenOver = {}] = packaged.map(resourcesOf)
}, 240_000)
afterAll(close)

const named = (resources: Resources, name: string): Resource => {
  const found = resources[name]
  if (!found) throw new Error(`there is no ${name}`)
  return found
}
const allOf = (resources: Resources, type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type)

describe('packaging', () => {
  it('rejects SITES_FILE without sites in the package', async () => {
    const { done, output } = await pack('sites-missing', 'dev', { SITES_FILE: 'sites.json' }, false)
    expect(done).toBe(false)
    expect(output).toContain('SITES_FILE is set, but the package contains no sites')
  }, 240_000)

  it('rejects sites in the package without SITES_FILE', () => {
    // Of the copy whose package has sites. osls runs the hook in the test before.
    const plugin = createRequire(packaged[2]?.file ?? '')('../sites.cjs') as new () => {
      hooks: Record<string, () => void>
    }
    vi.stubEnv('SITES_FILE', '')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(new plugin().hooks['before:package:initialize']).toThrow(
      'The package contains sites, but SITES_FILE is not set',
    )
  })

  it.each(['sls:stage', 'param:table', 'param:answers', 'param:firewall', 'param:endpoint', 'param:gateway-log'])(
    'rejects an unknown value of %s',
    async (name) => {
      const lawful = {
        'sls:stage': 'dev',
        'param:table': 'create',
        'param:answers': 'streamed',
        'param:firewall': 'on',
        'param:endpoint': 'EDGE',
        'param:gateway-log': 'off',
      }
      const overrides: Record<string, string> = { ...lawful, [name]: 'perhaps' }
      const choosing = choose({ resolveVariable: (asked) => Promise.resolve(overrides[asked] ?? '') })
      await expect(choosing).rejects.toThrow(/^[\w-]+ must be \w+( or \w+)+, not perhaps\.$/)
    },
  )

  it('generates templates with resource types and properties that CloudFormation knows', () => {
    const validator = new SchemaValidator()
    const found = packaged.flatMap(({ file }) => validator.validate(new TemplateFile(file), 'us-east-1'))
    validator.free()
    const problems = found.filter(({ severity }) => severity !== 'INFO')
    expect(problems.map(({ message, propertyPath }) => `${propertyPath}: ${message}`)).toEqual([])
  }, 240_000)

  it('refers only to resources that exist', () => {
    for (const resources of [prod, full, takenOver]) {
      const references = JSON.stringify(resources).matchAll(/"(?:Ref":|Fn::GetAtt":\[)"(\w+)"/g)
      expect([...references].map(([, name = '']) => name).filter((name) => !(name in resources))).toEqual([])
    }
  })

  it("does not use the name of the original's stacks", () => {
    expect(JSON.stringify(prod)).toContain(`${SERVICE}-prod-api`)
    expect(JSON.stringify([prod, full, takenOver])).not.toMatch(/"photonranch-calendar-(dev|test|prod)\b/)
  })
})

describe('deploy.sh', () => {
  describeDeployScript(() => packaged[0] ?? expect.fail())
})

describe('the table', () => {
  it('has the keys and indexes that the store creates', () => {
    expect(named(prod, 'Table').Properties).toMatchObject(tableDefinition('photonranch-calendar'))
    expect(named(full, 'Table').Properties).toMatchObject(tableDefinition('reservations'))
  })

  it('has point-in-time recovery, deletion protection and encryption, and is retained when its stack is deleted', () => {
    const table = named(prod, 'Table')
    expect(table.Properties).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
      SSESpecification: { SSEEnabled: true },
      TimeToLiveSpecification: { AttributeName: EXPIRES, Enabled: true },
    })
    expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
  })

  it('is used and not created with TABLE=existing', () => {
    expect(allOf(takenOver, 'AWS::DynamoDB::Table')).toEqual([])
    expect(environmentOf(takenOver)['STORE']).toBe('dynamodb:photonranch-calendar')
    expect(JSON.stringify(named(takenOver, 'ApiRole'))).toContain(':table/photonranch-calendar"')
  })
})

describe('the functions', () => {
  it('run the handlers of the artifact on the Node.js version and architecture it is built for', () => {
    const functions = allOf(prod, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties)
    expect(functions.map(({ Handler, Runtime, Architectures }) => ({ Handler, Runtime, Architectures }))).toEqual([
      { Handler: 'dist/main/lambda.stream', Runtime: 'nodejs24.x', Architectures: ['arm64'] },
      { Handler: 'dist/main/lambda.deliver', Runtime: 'nodejs24.x', Architectures: ['arm64'] },
    ])
    expect(readFileSync('deploy/aws/serverless.yml', 'utf8')).toContain('artifact: ../../build/lambda.zip')
    expect(readFileSync('deploy/aws/bundle.js', 'utf8')).toContain("target: 'node24'")
  })

  it('time out before the gateway does', () => {
    expect(named(prod, 'ApiLambdaFunction').Properties.Timeout).toBeLessThan(29)
  })

  it('deliver the outbox every minute, one run at a time, without retries', () => {
    expect(named(prod, 'DeliverEventsRuleSchedule1').Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
    })
    expect(named(prod, 'DeliverLambdaFunction').Properties.ReservedConcurrentExecutions).toBe(1)
    expect(named(prod, 'DeliverLambdaFunction').Properties.Timeout).toBeLessThan(60)
    expect(named(prod, 'DeliverLambdaEvConf').Properties.MaximumRetryAttempts).toBe(0)
  })

  it('have valid settings, and none that Lambda reserves', () => {
    const { NODE_OPTIONS, SERVICE_KEYS, PORTAL_KEYS, WEBHOOK_SECRETS, ...settings } = environmentOf(full)
    expect(NODE_OPTIONS).toBe('--enable-source-maps')
    expect(Object.keys(settings).filter((name) => !(name in SETTINGS) || name.startsWith('AWS_'))).toEqual([])
    const { TABLE_NAME, AUTH_ISSUER, LOG_LEVEL } = EVERYTHING
    expect(readSettings({ ...settings, WEBHOOK_SECRETS: `archive=${secretOf(1)}` })).toMatchObject({
      STAGE: 'dev',
      STORE: `dynamodb:${TABLE_NAME}`,
      AUTH_ISSUER,
      LOG_LEVEL,
    })
    expect(SERVICE_KEYS).toBe(
      `{{resolve:secretsmanager:calendar/dev:SecretString:::${EVERYTHING.SERVICE_KEYS_VERSION}}}`,
    )
    expect(PORTAL_KEYS).toBe(`{{resolve:secretsmanager:portals/dev:SecretString:::${EVERYTHING.PORTAL_KEYS_VERSION}}}`)
    expect(WEBHOOK_SECRETS).toBe('{{resolve:secretsmanager:webhooks/dev:SecretString}}')
    expect(environmentOf(takenOver)['SERVICE_KEYS']).toBe('{{resolve:secretsmanager:calendar/test:SecretString}}')
  })

  it('read the packaged sites file if SITES_FILE is set', () => {
    expect(environmentOf(takenOver)['SITES_FILE']).toBe('sites.json')
    expect(environmentOf(prod)['SITES_FILE']).toBe('')
  })

  it('have no service keys without a secret', () => {
    expect(environmentOf(prod)['SERVICE_KEYS']).toBe('')
    expect(environmentOf(prod)['PORTAL_KEYS']).toBe('')
    expect(environmentOf(prod)['WEBHOOK_SECRETS']).toBe('')
  })

  it('keep JSON logs for 30 days, in prod for 90, without tracing', () => {
    const days = (resources: Resources) =>
      new Set(allOf(resources, 'AWS::Logs::LogGroup').map(([, { Properties }]) => Properties.RetentionInDays))
    expect(days(full)).toEqual(new Set([30]))
    expect(days(prod)).toEqual(new Set([90]))
    for (const [, { Properties }] of allOf(prod, 'AWS::Lambda::Function')) {
      expect(Properties.LoggingConfig).toMatchObject({ LogFormat: 'JSON', ApplicationLogLevel: 'TRACE' })
      expect(Properties.TracingConfig).toBeUndefined()
    }
  })
})

describe('the roles', () => {
  const TABLE = 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/photonranch-calendar'
  const LOGS = 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:'
  const STREAM = ':log-stream:????/??/??/[$LATEST]????????????????????????????????'
  const logOf = (name: string) => ({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [`${LOGS}/aws/lambda/${SERVICE}-prod-${name}${STREAM}`],
  })
  const inTable = (...actions: string[]) => ({ actions: actions.map((one) => `dynamodb:${one}`), resources: [TABLE] })

  it('allow exactly the listed actions on the listed resources', () => {
    expect(allowedBy(named(prod, 'ApiRole'))).toEqual([
      inTable(
        'GetItem',
        'BatchGetItem',
        'Query',
        'Scan',
        'PutItem',
        'UpdateItem',
        'DeleteItem',
        'ConditionCheckItem',
        'PartiQLSelect',
      ),
      {
        actions: ['dynamodb:Query'],
        resources: [`${TABLE}/index/site-end-index`, `${TABLE}/index/creatorid-end-index`],
      },
      logOf('api'),
    ])
    expect(allowedBy(named(prod, 'DeliverRole'))).toEqual([
      inTable('GetItem', 'Query', 'UpdateItem', 'DeleteItem'),
      logOf('deliver'),
    ])
  })

  it('have no wildcards except in log stream names, and no other policies', () => {
    for (const resources of [prod, full, takenOver]) {
      const roles = allOf(resources, 'AWS::IAM::Role')
      const functions = roles.filter(([name]) => name !== 'GatewayLogRole')
      expect(functions.map(([name]) => name)).toEqual(['ApiRole', 'DeliverRole'])
      const args = functions
        .flatMap(([, role]) => allowedBy(role))
        .flatMap(({ actions, resources: targets }) => [...actions, ...targets])
      expect(args.filter((word) => word.replace(STREAM, '').match(/[*?]/))).toEqual([])
      for (const [, { Properties }] of functions)
        expect(Object.keys(Properties)).toEqual(['AssumeRolePolicyDocument', 'Policies'])
      expect(allOf(resources, 'AWS::IAM::Policy')).toEqual([])
    }
  })

  it('limit the delivery function to items of the outbox and the day index, and with webhooks to reading histories', () => {
    const statementsOf = (resources: Resources) => statementsIn(named(resources, 'DeliverRole'))
    const [outbox, ...others] = statementsOf(prod)
    expect(others.map(({ Action }) => Action)).not.toContain('dynamodb:Query')
    expect(outbox?.Condition).toEqual({
      'ForAllValues:StringEquals': {
        'dynamodb:LeadingKeys': [OUTBOX, WEBHOOKS, FAILED_WEBHOOKS, STATE.event_id],
      },
    })
    expect(statementsOf(full)[0]?.Condition).toEqual(outbox?.Condition)
    expect(statementsOf(full)[1]).toMatchObject({
      Action: 'dynamodb:Query',
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['calendar#history#*'] } },
    })
  })

  it('allow each function to write to its own log group', () => {
    for (const name of ['Api', 'Deliver']) {
      expect(named(prod, `${name}LambdaFunction`).Properties.Role).toEqual({ 'Fn::GetAtt': [`${name}Role`, 'Arn'] })
      expect(named(prod, `${name}LogGroup`).Properties.LogGroupName).toBe(
        `/aws/lambda/${SERVICE}-prod-${name.toLowerCase()}`,
      )
    }
  })
})

describe('the gateway', () => {
  const ownAnswers = () => allOf(prod, 'AWS::ApiGateway::GatewayResponse')

  it('forwards every path and method to the function', () => {
    expect(named(prod, 'ApiGatewayRestApi').Properties.EndpointConfiguration).toEqual({ Types: ['REGIONAL'] })
    expect(named(takenOver, 'ApiGatewayRestApi').Properties.EndpointConfiguration).toEqual({ Types: ['EDGE'] })
    const methods = allOf(prod, 'AWS::ApiGateway::Method').map(([, { Properties }]) => Properties)
    expect(
      methods.map(({ HttpMethod, AuthorizationType, Integration }) => [
        HttpMethod,
        AuthorizationType,
        Integration.Type,
      ]),
    ).toEqual([
      ['ANY', 'NONE', 'AWS_PROXY'],
      ['ANY', 'NONE', 'AWS_PROXY'],
    ])
    expect(named(prod, 'ApiGatewayResourceProxyVar').Properties.PathPart).toBe('{proxy+}')
  })

  it('streams responses from the streaming handler, or buffers those of the other', () => {
    const ways = (resources: Resources) =>
      allOf(resources, 'AWS::ApiGateway::Method').map(
        ([
          ,
          {
            Properties: { Integration },
          },
        ]) => {
          const args = (Integration.Uri['Fn::Join'] as [string, unknown[]])[1]
            .filter((word) => typeof word === 'string')
            .join('')
          return [Integration.ResponseTransferMode, /lambda:path\/(\S+?)\/functions\/(\S+)$/.exec(args)?.slice(1)]
        },
      )
    expect(ways(prod)).toEqual(
      Array.from({ length: 2 }, () => ['STREAM', ['2021-11-15', '/response-streaming-invocations']]),
    )
    expect(ways(takenOver)).toEqual(Array.from({ length: 2 }, () => ['BUFFERED', ['2015-03-31', '/invocations']]))
    expect(named(takenOver, 'ApiLambdaFunction').Properties.Handler).toBe('dist/main/lambda.api')
    // Both ways need the same permission.
    expect(named(prod, 'ApiLambdaPermissionApiGateway').Properties.Action).toBe('lambda:InvokeFunction')
  })

  it('sends its own errors as a JSON string with CORS headers for any origin', () => {
    for (const [, { Properties }] of ownAnswers()) {
      const { 'application/json': body, ...others } = Properties.ResponseTemplates
      expect(JSON.parse(body)).toMatch(/^Error: .+\.$/)
      expect(others).toEqual({})
      const { 'gatewayresponse.header.Retry-After': later, ...headers } = Properties.ResponseParameters
      expect(headers).toEqual({
        'gatewayresponse.header.Content-Type': "'application/json'",
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
        'gatewayresponse.header.Access-Control-Expose-Headers': "'ETag,Retry-After'",
      })
      expect(later === undefined || /^'\d+'$/.test(later)).toBe(true)
    }
    const types = ownAnswers().map(([, { Properties }]) => Properties.ResponseType)
    expect(types).toEqual(expect.arrayContaining(['DEFAULT_4XX', 'DEFAULT_5XX', 'THROTTLED', 'REQUEST_TOO_LARGE']))
    expect(types).toEqual(
      expect.arrayContaining(['INTEGRATION_TIMEOUT', 'INTEGRATION_FAILURE', 'MISSING_AUTHENTICATION_TOKEN']),
    )
  })

  // The names of AWS. A type without a template uses that of its class, with its own status.
  it.each([
    ...[
      'ACCESS_DENIED',
      'BAD_REQUEST_BODY',
      'BAD_REQUEST_PARAMETERS',
      'EXPIRED_TOKEN',
      'INVALID_API_KEY',
      'INVALID_SIGNATURE',
      'MISSING_AUTHENTICATION_TOKEN',
      'QUOTA_EXCEEDED',
      'REQUEST_TOO_LARGE',
      'RESOURCE_NOT_FOUND',
      'THROTTLED',
      'UNAUTHORIZED',
      'UNSUPPORTED_MEDIA_TYPE',
      'WAF_FILTERED',
    ].map((type) => [type, 'DEFAULT_4XX']),
    ...[
      'API_CONFIGURATION_ERROR',
      'AUTHORIZER_CONFIGURATION_ERROR',
      'AUTHORIZER_FAILURE',
      'INTEGRATION_FAILURE',
      'INTEGRATION_TIMEOUT',
    ].map((type) => [type, 'DEFAULT_5XX']),
  ])('sends %s as a JSON string too', (type, fallback) => {
    const answers = new Map(ownAnswers().map(([, { Properties }]) => [Properties.ResponseType as string, Properties]))
    const answer = answers.get(type ?? '') ?? answers.get(fallback ?? '')
    expect(JSON.parse(answer.ResponseTemplates['application/json'] as string)).toBeTypeOf('string')
    expect(answer.ResponseParameters['gatewayresponse.header.Content-Type']).toBe("'application/json'")
    expect(answer.ResponseParameters['gatewayresponse.header.Access-Control-Allow-Origin']).toBe("'*'")
  })

  it('is deployed after its responses, to a stage that the template defines', () => {
    const [[name, deployment] = ['', named(prod, 'none')]] = allOf(prod, 'AWS::ApiGateway::Deployment')
    expect(deployment.DependsOn).toEqual(expect.arrayContaining(ownAnswers().map(([answer]) => answer)))
    expect(deployment.Properties.StageName).toEqual({ Ref: 'AWS::NoValue' })
    expect(named(prod, 'ApiStage').Properties).toMatchObject({
      StageName: 'prod',
      DeploymentId: { Ref: name },
      TracingEnabled: false,
    })
  })

  it('logs every request without path, query or headers', () => {
    const { DestinationArn, Format } = named(prod, 'ApiStage').Properties.AccessLogSetting
    expect(DestinationArn).toEqual({ 'Fn::GetAtt': ['GatewayLog', 'Arn'] })
    const args = Object.values(JSON.parse(Format) as Record<string, string>)
    expect(args).toContain('$context.status')
    expect(args.filter((word) => !/^\$context\.[\w.]+$/.test(word))).toEqual([])
    // A path may be a secret feed address, and an error message may contain a quote.
    expect(args.filter((word) => /path|query|header|message|authorizer|protocol/i.test(word))).toEqual([])
    expect(named(takenOver, 'ApiStage').Properties.AccessLogSetting).toEqual({ Ref: 'AWS::NoValue' })
  })

  it('creates the log role of the account, uses an existing one, or does not log', () => {
    const roles = (resources: Resources) => [
      allOf(resources, 'AWS::ApiGateway::Account').length,
      'GatewayLogRole' in resources,
      'GatewayLog' in resources,
    ]
    expect([prod, full, takenOver].map(roles)).toEqual([
      [1, true, true],
      [0, false, true],
      [0, false, false],
    ])
    expect(named(prod, 'ApiStage').DependsOn).toEqual(['GatewayAccount'])
    for (const name of ['GatewayAccount', 'GatewayLogRole'])
      expect(named(prod, name)).toMatchObject({ DeletionPolicy: 'Retain' })
  })

  it('limits the rate of all callers together', () => {
    expect(named(prod, 'ApiStage').Properties.MethodSettings).toEqual([
      expect.objectContaining({
        ResourcePath: '/*',
        HttpMethod: '*',
        ThrottlingRateLimit: 1000,
        ThrottlingBurstLimit: 2000,
      }),
    ])
  })
})

describe('the firewall', () => {
  it('counts only the three writes of anonymous callers, by address', () => {
    const { DefaultAction, Rules } = named(prod, 'Firewall').Properties
    expect(DefaultAction).toEqual({ Allow: {} })
    expect(Rules).toHaveLength(1)
    const rate = Rules[0].Statement.RateBasedStatement
    expect(rate).toMatchObject({ AggregateKeyType: 'IP', EvaluationWindowSec: 60, Limit: 120 })
    const [paths] = rate.ScopeDownStatement.AndStatement.Statements
    const counted = paths.OrStatement.Statements.map((one: PathMatch) => one.ByteMatchStatement.SearchString)
    expect(counted).toEqual(['/add-projects-to-events', '/remove-project-from-events', '/remove-expired-lco-schedule'])
  })

  it('blocks with the status and error format of the calendar', () => {
    const { CustomResponseBodies, Rules } = named(prod, 'Firewall').Properties
    const { ResponseCode, ResponseHeaders, CustomResponseBodyKey } = Rules[0].Action.Block.CustomResponse
    expect(ResponseCode).toBe(429)
    expect(CustomResponseBodies[CustomResponseBodyKey].ContentType).toBe('APPLICATION_JSON')
    expect(JSON.parse(CustomResponseBodies[CustomResponseBodyKey].Content)).toMatch(/^Error: /)
    expect(ResponseHeaders).toContainEqual({ Name: 'Access-Control-Allow-Origin', Value: '*' })
    expect(ResponseHeaders).toContainEqual({ Name: 'Retry-After', Value: '60' })
  })

  it('derives its limit from ANONYMOUS_CHANGES_PER_HOUR, within the limits of AWS', async () => {
    const limitOf = (resources: Resources) =>
      named(resources, 'Firewall').Properties.Rules[0].Statement.RateBasedStatement.Limit as number
    expect(limitOf(full)).toBe(Number(EVERYTHING.ANONYMOUS_CHANGES_PER_HOUR) / 50)
    const lawful: Record<string, string> = {
      'sls:stage': 'dev',
      'param:table': 'create',
      'param:answers': 'streamed',
      'param:firewall': 'on',
      'param:endpoint': 'EDGE',
      'param:gateway-log': 'off',
    }
    const chosen = (limit: string) => {
      vi.stubEnv('ANONYMOUS_CHANGES_PER_HOUR', limit)
      return choose({ resolveVariable: (asked) => Promise.resolve(lawful[asked] ?? '') }).finally(() =>
        vi.unstubAllEnvs(),
      )
    }
    expect([await chosen('3'), await chosen('')]).toMatchObject([{ writesPerMinute: 10 }, { writesPerMinute: 120 }])
    await expect(chosen('many')).rejects.toThrow('must be a whole number')
  })

  it('logs the requests that it blocks, without path, query, token or key', () => {
    const { ResourceArn, LogDestinationConfigs, LoggingFilter, RedactedFields } = named(
      prod,
      'FirewallLogging',
    ).Properties
    expect(ResourceArn).toEqual({ 'Fn::GetAtt': ['Firewall', 'Arn'] })
    const group: string = named(prod, 'FirewallLog').Properties.LogGroupName
    expect(group).toMatch(/^aws-waf-logs-/)
    expect(LogDestinationConfigs[0]['Fn::Sub']).toMatch(new RegExp(`:log-group:${group}$`))
    expect(LoggingFilter.DefaultBehavior).toBe('DROP')
    expect(RedactedFields).toEqual([
      { UriPath: {} },
      { QueryString: {} },
      ...['authorization', 'x-api-key', 'cookie'].map((Name) => ({ SingleHeader: { Name } })),
    ])
    const policy = JSON.parse(named(prod, 'FirewallLogPolicy').Properties.PolicyDocument['Fn::Sub'] as string) as {
      Statement: Statement[]
    }
    expect(policy.Statement).toMatchObject([{ Resource: '${FirewallLog.Arn}' }])
  })

  it('is associated with the stage, or left out with FIREWALL=off', () => {
    const before: string = named(prod, 'FirewallOfStage').Properties.ResourceArn['Fn::Sub']
    expect(before.endsWith('/restapis/${ApiGatewayRestApi}/stages/${ApiStage}')).toBe(true)
    expect(Object.values(takenOver).filter(({ Type }) => Type.startsWith('AWS::WAFv2::'))).toEqual([])
  })
})

describe('the domain', () => {
  const created = (resources: Resources) =>
    Object.values(resources).flatMap(({ Type }) => /::(DomainName|BasePathMapping|RecordSet)$/.exec(Type)?.[1] ?? [])

  it('is created with its DNS records, or only mapped if it exists, or left out', () => {
    expect(created(full)).toEqual(['DomainName', 'BasePathMapping', 'RecordSet', 'RecordSet'])
    expect(created(takenOver)).toEqual(['BasePathMapping'])
    expect(created(prod)).toEqual([])
  })

  it('maps each stage to the base path of the calendar', () => {
    expect(named(full, 'BasePathMapping').Properties.BasePath).toBe('dev')
    expect(named(takenOver, 'BasePathMapping').Properties.BasePath).toBe('test')
  })
})

describe('the alarms', () => {
  const alarms = () => allOf(full, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties)

  it('notify a topic, if there is one', () => {
    const reported = (resources: Resources) =>
      allOf(resources, 'AWS::CloudWatch::Alarm').flatMap(([, { Properties }]) => [
        ...Properties.AlarmActions,
        ...Properties.OKActions,
      ])
    expect(new Set(reported(full))).toEqual(new Set([EVERYTHING.ALARM_TOPIC_ARN]))
    expect(new Set(reported(prod).map((one) => one.Ref))).toEqual(new Set(['AWS::NoValue']))
  })

  it('are all documented in docs/deploying-aws.md', () => {
    const page = readFileSync('docs/deploying-aws.md', 'utf8')
    const names = alarms().map(({ AlarmName }) => String(AlarmName).replace(`${SERVICE}-dev-`, ''))
    expect(names.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([])
    expect(page.match(/^\| `[a-z]+-[a-z]+` \|/gm)).toHaveLength(names.length)
  })

  it('watch every metric of the log filters', () => {
    const counted = allOf(full, 'AWS::Logs::MetricFilter').map(
      ([, { Properties }]) => Properties.MetricTransformations[0].MetricName,
    )
    const watched = alarms().filter(({ Namespace }) => Namespace === SERVICE)
    expect(new Set(watched.map(({ MetricName }) => MetricName))).toEqual(new Set(counted))
  })

  it('watch every DynamoDB operation that the store uses', () => {
    const source = readFileSync('src/store/dynamodb/requests.ts', 'utf8')
    const asked = [...source.matchAll(/\b(?:new (\w+)Command|paginate(\w+))\(/g)].map(([, one, paged]) => one ?? paged)
    const alarms = ['TableReadErrors', 'TableWriteErrors'].map(
      (name) => named(full, name).Properties.Metrics as Watched[],
    )
    expect(new Set(alarms.flat().flatMap((one) => one.MetricStat?.Metric.Dimensions.at(-1)?.Value ?? []))).toEqual(
      new Set(asked),
    )
    for (const metrics of alarms) expect(metrics.length).toBeLessThanOrEqual(10)
  })

  it('watch the gateway by its name', () => {
    const { Name } = named(full, 'ApiGatewayRestApi').Properties
    expect(named(full, 'ServerErrors').Properties.Dimensions).toEqual([
      { Name: 'ApiName', Value: Name },
      { Name: 'Stage', Value: 'dev' },
    ])
  })
})

describe('the parameters', () => {
  it('are all documented in docs/deploying-aws.md', () => {
    const page = readFileSync('docs/deploying-aws.md', 'utf8')
    const asked = [...readFileSync('deploy/aws/serverless.yml', 'utf8').matchAll(/env:([A-Z_]+)/g)].map(
      ([, name]) => name,
    )
    expect(asked.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([])
  })
})

function environmentOf(resources: Resources): Record<string, string> {
  const functions = ['ApiLambdaFunction', 'DeliverLambdaFunction'].map(
    (name) => named(resources, name).Properties.Environment.Variables,
  )
  expect(functions[0]).toEqual(functions[1])
  return functions[0]
}

interface Watched {
  readonly MetricStat?: { readonly Metric: { readonly Dimensions: readonly { readonly Value: string }[] } }
}

interface PathMatch {
  readonly ByteMatchStatement: { readonly SearchString: string }
}

interface Statement {
  readonly Effect: string
  readonly Action: string | string[]
  readonly Resource: unknown
  readonly Condition?: object
}

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] }
}

/** The statements of a role, without those that CloudFormation leaves out. */
const statementsIn = ({ Properties }: Resource): Statement[] =>
  (Properties.Policies as Policy[])
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter((statement) => (statement as { Ref?: string }).Ref !== 'AWS::NoValue')

function allowedBy(role: Resource): { actions: string[]; resources: string[] }[] {
  const statements = statementsIn(role)
  expect(statements.every(({ Effect }) => Effect === 'Allow')).toBe(true)
  return statements.map(({ Action, Resource: targets }) => ({
    actions: [Action].flat(),
    resources: [targets].flat().map((one) => (one as { 'Fn::Sub': string })['Fn::Sub']),
  }))
}
