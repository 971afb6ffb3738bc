import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY, type Instant } from '../../src/domain/interval.ts'
import { type Claim, HOLDS_BACK_SECONDS, MAX_CLOCK_SKEW, MAX_RECEIVER_WAIT, type Store } from '../../src/store/port.ts'
import { CLAIM, joined, waiting } from '../outbox.ts'
import { changing, proposed, TODAY } from '../context.ts'

/**
 * The contract of every store's outbox for messages to receivers of webhooks, and of two stores with the same file or table.
 *
 * @param open opens two stores with the same empty file or table; the suite closes them
 */
export function receiverOutboxContract(name: string, open: () => Promise<[Store, Store]>): void {
  describe(`an outbox for receivers (${name})`, () => {
    let one: Store
    let other: Store
    let receivers = 0
    beforeAll(async () => {
      ;[one, other] = await open()
    })
    afterAll(() => Promise.all([one, other].map((store) => store.close())))

    /** A receiver of its own for each test, and a reservation with as many revisions, each of which it is sent. */
    async function sent(count: number, { to = `receiver-${++receivers}`, id = proposed().id } = {}) {
      const message = { receiver: to, reservation: id }
      const reservation = proposed({ id, site: `webhooks-${id}` })
      await changing(one, [{ after: reservation, messages: [message] }])
      for (let revision = 1; revision < count; revision += 1)
        await changing(one, [{ before: { reservation, revision }, after: reservation, messages: [message] }])
      return { receiver: to, id }
    }
    let tokens = 0
    const claim = async (receiver: string, now: Instant = TODAY, store = one, limit = 20): Promise<readonly Claim[]> =>
      (await store.outbox.claim({ receiver, now, until: now + CLAIM, limit, token: `webhook-${++tokens}` })).claims
    const revisions = (claims: readonly { readonly revision: number }[]) => claims.map(({ revision }) => revision)
    const messagesTo = async (receiver: string) =>
      (await waiting(one)).filter(({ message }) => 'receiver' in message && message.receiver === receiver)

    it('has a message for each receiver and revision, as soon as it is committed', async () => {
      const { receiver, id } = await sent(2)
      const common = { message: { receiver, reservation: id }, writtenAt: TODAY, attempts: 0, due: 0 }
      expect(await messagesTo(receiver)).toEqual([
        { ...common, revision: 1 },
        { ...common, revision: 2 },
      ])
      expect(await other.outbox.backlog(receiver)).toEqual({ depth: 2, oldest: TODAY, failed: 0 })
    })

    it('keeps those of each receiver, and of the projects service, apart', async () => {
      const { receiver, id } = await sent(1)
      const [stored] = await one.find(id)
      const { reservation } = stored!
      await changing(one, [{ before: stored!, after: reservation, messages: [joined(id)] }])
      expect(await claim(`${receiver}0`)).toEqual([])
      expect(await claim(receiver)).toMatchObject([{ message: { receiver, reservation: id } }])
      const { claims } = await one.outbox.claim({ now: TODAY, until: TODAY + CLAIM, limit: 20, token: 'projects' })
      expect(claims).toMatchObject([{ message: joined(id) }])
      for (const theirs of claims) await one.outbox.remove(theirs)
    })

    it('gives out the messages about a reservation one by one, in order', async () => {
      const { receiver } = await sent(3)
      for (const revision of [1, 2, 3]) {
        const [first, ...rest] = await claim(receiver)
        expect([first?.revision, rest]).toEqual([revision, []])
        expect(await claim(receiver, TODAY, other)).toEqual([])
        await one.outbox.remove(first!)
      }
      expect(await claim(receiver)).toEqual([])
    })

    it('gives out those about different reservations together, to one of two concurrent workers', async () => {
      const { receiver: to } = await sent(2)
      for (let count = 1; count < 6; count += 1) await sent(2, { to })
      const both = await Promise.all([one, other].map((store) => claim(to, TODAY, store)))
      expect(both.flat()).toHaveLength(6)
      expect(new Set(revisions(both.flat()))).toEqual(new Set([1]))
      expect(new Set(both.flat().map(({ message }) => message.reservation)).size).toBe(6)
    })

    it('holds back the next while one fails, until that is more than five minutes old', async () => {
      const { receiver } = await sent(2)
      const [first] = await claim(receiver)
      await one.outbox.postpone(first!, TODAY + 2 * HOLDS_BACK_SECONDS, true)
      expect(await claim(receiver, TODAY + HOLDS_BACK_SECONDS)).toEqual([])
      expect(revisions(await claim(receiver, TODAY + HOLDS_BACK_SECONDS + 1))).toEqual([2])
    })

    it('holds back the next while one is older, but was never attempted, or is in flight', async () => {
      const { receiver } = await sent(2)
      const [first] = await claim(receiver, TODAY + DAY)
      expect(first?.revision).toBe(1)
      expect(await claim(receiver, TODAY + DAY + CLAIM - 1)).toEqual([])
      await one.outbox.postpone(first!, TODAY + DAY + 3600, true)
      expect(revisions(await claim(receiver, TODAY + DAY + CLAIM - 1))).toEqual([2])
    })

    it('lets a lapsed message be claimed again, and no later one first', async () => {
      const { receiver } = await sent(2)
      await claim(receiver)
      expect(await claim(receiver, TODAY + CLAIM, other)).toMatchObject([{ revision: 1, attempts: 2, lapsed: true }])
    })

    it('keeps a message that has failed, which holds nothing back and is not claimed', async () => {
      const { receiver, id } = await sent(2)
      const [first] = await claim(receiver)
      await one.outbox.fail(first!, TODAY + 9)
      expect(revisions(await claim(receiver, TODAY + CLAIM + DAY))).toEqual([2])
      expect(await other.outbox.backlog(receiver)).toEqual({ depth: 1, oldest: TODAY, failed: 1 })
      expect(await messagesTo(receiver)).toContainEqual({
        message: { receiver, reservation: id },
        revision: 1,
        writtenAt: TODAY,
        attempts: 1,
        due: TODAY + CLAIM,
        failedAt: TODAY + 9,
      })
    })

    it('does not keep a message as failed that another worker has claimed since', async () => {
      const { receiver } = await sent(1)
      const [first] = await claim(receiver)
      const [second] = await claim(receiver, TODAY + CLAIM, other)
      await one.outbox.fail(first!, TODAY)
      expect(await one.outbox.backlog(receiver)).toMatchObject({ depth: 1, failed: 0 })
      await other.outbox.remove(second!)
      expect(await messagesTo(receiver)).toEqual([])
    })

    it('retries a message that has failed, or waits, from its first attempt on', async () => {
      const { receiver: to } = await sent(1)
      await sent(1, { to })
      const [failed, postponed] = await claim(to)
      await one.outbox.fail(failed!, TODAY)
      await one.outbox.postpone(postponed!, TODAY + DAY / 4, true)
      for (const message of await messagesTo(to)) expect(await other.outbox.retry(message)).toBe(true)
      expect(await claim(to)).toMatchObject([{ attempts: 1 }, { attempts: 1 }])
      expect(await other.outbox.backlog(to)).toMatchObject({ depth: 2, failed: 0 })
    })

    it('retries no message while it is claimed', async () => {
      const { receiver } = await sent(1)
      await claim(receiver)
      const [message] = await messagesTo(receiver)
      expect(await one.outbox.retry(message!)).toBe(true)
      expect(await claim(receiver, TODAY + CLAIM - 1, other)).toEqual([])
      expect(await claim(receiver, TODAY + CLAIM, other)).toHaveLength(1)
    })

    it('drops a message, failed or not, and says whether there was one', async () => {
      const { receiver } = await sent(2)
      const [first] = await claim(receiver)
      await one.outbox.fail(first!, TODAY)
      const messages = await messagesTo(receiver)
      for (const message of messages) expect(await other.outbox.drop(message)).toBe(true)
      for (const message of messages) {
        expect(await one.outbox.drop(message)).toBe(false)
        expect(await one.outbox.retry(message)).toBe(false)
      }
      expect(await messagesTo(receiver)).toEqual([])
      expect(await claim(receiver)).toEqual([])
    })

    it('lists all messages', async () => {
      const { receiver } = await sent(3)
      const listed = (await Array.fromAsync(other.outbox.messages())).flat()
      const theirs = listed.filter(({ message }) => 'receiver' in message && message.receiver === receiver)
      expect(theirs.toSorted((a, b) => a.revision - b.revision)).toEqual(await messagesTo(receiver))
    })

    it('removes messages of one receiver that failed before an instant', async () => {
      const { receiver: to } = await sent(1)
      await sent(1, { to })
      const { receiver: third } = await sent(1)
      const [early, late] = await claim(to)
      await one.outbox.fail(early!, TODAY)
      await one.outbox.fail(late!, TODAY + 1)
      await one.outbox.fail((await claim(third))[0]!, TODAY)
      await other.outbox.removeFailed(to, TODAY + 1)
      expect(await one.outbox.backlog(third)).toMatchObject({ failed: 1 })
      expect(await messagesTo(to)).toMatchObject([{ failedAt: TODAY + 1 }])
    })

    it('treats messages due in the far future as due: the clock was set back', async () => {
      const { receiver } = await sent(1)
      const farthest = TODAY + MAX_RECEIVER_WAIT + MAX_CLOCK_SKEW
      await one.outbox.postpone((await claim(receiver))[0]!, farthest, true)
      expect(await claim(receiver)).toEqual([])
      expect(await claim(receiver, TODAY - 1)).toHaveLength(1)
    })

    it('claims no more than the limit, and returns whether there are more', async () => {
      const { receiver: to } = await sent(1)
      for (let count = 1; count < 3; count += 1) await sent(1, { to })
      const some = () =>
        one.outbox.claim({ receiver: to, now: TODAY, until: TODAY + CLAIM, limit: 2, token: `some-${++tokens}` })
      expect(await some()).toMatchObject({ claims: [{}, {}], more: true })
      expect(await some()).toMatchObject({ claims: [{}], more: false })
      expect(await some()).toEqual({ claims: [], more: false })
    })
  })
}
