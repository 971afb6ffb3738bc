import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { EVENT } from '../../src/http/endpoints/examples.ts'
import { WEBHOOKS } from '../../src/http/openapi-webhooks.ts'
import { webhookOf } from '../../src/http/webhook.ts'
import type { Revision } from '../../src/domain/reservation.ts'
import { receiverAt } from '../../src/sources/receiver.ts'
import { reservationOf } from '../../src/wire/event.ts'
import { webhookBody } from '../../src/wire/responses.ts'
import { endOf } from '../child.ts'
import { ada, at, grace, proposed, TODAY } from '../context.ts'
import { secretOf, webhookReceiver } from '../webhook-receiver.ts'
import { serveHere } from '../server.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const keyOf = (secret: string) => Buffer.from(secret.slice('whsec_'.length), 'base64')
const GUIDE = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
const codeIn = (language: string) => new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(GUIDE)?.[1] ?? ''

const revision = (fields: Partial<Revision>): Revision => ({
  id: 'an-id',
  number: 1,
  at: TODAY,
  by: ada.id,
  via: 'reserve',
  overlapping: [],
  before: undefined,
  after: undefined,
  ...fields,
})

/** The change of the guide: a note. */
const NOTED = revision({
  id: EVENT.event_id,
  number: 2,
  at: at('2030-06-20T02:10:00Z'),
  by: EVENT.creator_id,
  via: 'amend',
  before: reservationOf(EVENT),
  after: reservationOf({ ...EVENT, reservation_note: 'clouds until four', last_modified: '2030-06-20T02:10:00Z' }),
})

describe('a webhook', () => {
  const states = { before: proposed(), after: proposed() }
  it.each([
    ['created', { after: states.after }],
    ['created', { after: states.after, via: 'import' }],
    ['changed', states],
    ['changed', { ...states, via: 'restore' }],
    ['changed', { ...states, via: 'attach-project' }],
    ['deleted', { before: states.before, via: 'expire-lco' }],
    ['restored', { after: states.after, via: 'restore' }],
  ] as const)('is of type reservation.%s after %j', (verb, fields) => {
    const { type } = JSON.parse(webhookOf(revision(fields)).body) as { type: string }
    expect(type).toBe(`reservation.${verb}`)
  })

  it('has one id for a revision, and others for other numbers, reservations and times', () => {
    const after = proposed()
    const ids = [{}, { number: 2 }, { id: 'another' }, { at: TODAY + 1 }].map(
      (fields) => webhookOf(revision({ after, ...fields })).id,
    )
    expect(new Set(ids).size).toBe(4)
    expect(webhookOf(revision({ after, by: grace.id })).id).toBe(ids[0])
    for (const id of ids) expect(id).toMatch(/^msg_[\w-]{27}$/)
  })

  it('is what its schema and the examples of openapi.json say', () => {
    expect(webhookBody.safeParse(JSON.parse(webhookOf(NOTED).body)).error).toBeUndefined()
    expect(Object.keys(WEBHOOKS).toSorted()).toEqual([...webhookBody.shape.type.options].toSorted())
    const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
      webhooks: Record<string, { post: { requestBody: { content: Record<string, { example: { type: string } }> } } }>
    }
    for (const [type, { post }] of Object.entries(document.webhooks)) {
      const { example } = post.requestBody.content['application/json']!
      expect(example.type).toBe(type)
      expect(webhookBody.extend({ data: z.looseObject({}) }).safeParse(example).error).toBeUndefined()
    }
  })

  it('is sent as docs/webhooks.md shows it', async () => {
    const timestamp = at('2030-06-20T02:10:01Z')
    const receiver = await webhookReceiver({ secret: SECRET, now: () => timestamp })
    await receiverAt({ url: receiver.url, keys: [keyOf(SECRET)] }).send({ ...webhookOf(NOTED), timestamp })
    const [{ headers, raw }] = receiver.received as [(typeof receiver.received)[0]]
    const lines = ['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
      (name) => `${name}: ${String(headers[name])}`,
    )
    expect(codeIn('http')).toBe(`POST /calendar-hook HTTP/1.1\n${lines.join('\n')}\n\n${raw}\n`)
    expect(receiver.invalid).toEqual([])
  })

  it('is accepted by the receiver of docs/webhooks.md, unless its signature is wrong', async () => {
    const folder = new URL(`../../node_modules/.cache/webhook-example-${process.pid}/`, import.meta.url)
    mkdirSync(folder, { recursive: true })
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = new URL('receiver.mjs', folder)
    const code = codeIn('js').replace(
      'process.env.PORT)',
      "0, function () { console.log('port', this.address().port) })",
    )
    expect(code).toContain("'port'")
    writeFileSync(file, code)
    const child = spawn(process.execPath, [file.pathname], {
      env: { WEBHOOK_SECRET: SECRET },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill())
    let output = ''
    child.stdout.on('data', (text) => void (output += String(text)))
    const { until } = endOf(child)
    await until(() => expect(output).toMatch(/port \d+\n/))
    const url = `http://127.0.0.1:${/port (\d+)/.exec(output)![1]}/`
    const send = (secret: string) =>
      receiverAt({ url, keys: [keyOf(secret)] }).send({ ...webhookOf(NOTED), timestamp: Math.floor(Date.now() / 1000) })
    expect(await send(secretOf(7))).toMatchObject({ status: 401 })
    expect(await send(SECRET)).toBeUndefined()
    expect(await send(SECRET)).toBeUndefined()
    await until(() => expect(output.split('\n').slice(1, -1)).toEqual([`reservation.changed ${EVENT.event_id} 2`]))
  })
})

describe('a server with receivers of webhooks', () => {
  const event = { site: 'saf', start: '2030-06-20T04:15:00Z', end: '2030-06-20T05:00:00Z' }

  it('sends each of them every change, counts them, and names neither addresses nor secrets', async () => {
    const [one, other] = [await webhookReceiver(), await webhookReceiver({ secret: secretOf(2) })]
    const server = await serveHere({
      METRICS: 'on',
      WEBHOOKS: `one=${one.url},other=${other.url}`,
      WEBHOOK_SECRETS: `one=${secretOf(1)},other=${secretOf(2)}`,
    })
    await server.post('newevent', { ...event, event_id: 'hooked' }, { as: 'ada' })
    await server.post('delete', { event_id: 'hooked' }, { as: 'ada' })
    for (const receiver of [one, other]) {
      await expect.poll(() => receiver.received.length).toBe(2)
      expect(receiver.received.map(({ body }) => body.type)).toEqual(['reservation.created', 'reservation.deleted'])
      expect(receiver.invalid).toEqual([])
    }
    await expect
      .poll(async () => (await server.send('GET', '/metrics')).text)
      .toContain('calendar_webhooks_waiting{receiver="one"} 0')
    const { text } = await server.send('GET', '/metrics')
    expect(text).toContain('calendar_webhooks_total{receiver="one",outcome="delivered"} 2')
    expect(text).toContain('calendar_webhooks_total{receiver="other",outcome="given_up"} 0')
    expect(text).toContain('calendar_webhooks_failed{receiver="other"} 0')
    expect(text).toContain('calendar_outbox_depth 0')
  })
})
