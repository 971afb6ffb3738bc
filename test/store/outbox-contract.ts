import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OutboxMessage } from '../../src/domain/outbox-message.ts'
import { type Claim, maxWait, MAX_CLOCK_SKEW, type Store } from '../../src/store/port.ts'
import { CLAIM, emptied, joined, left, toProjects, waiting } from '../outbox.ts'
import { changing, TODAY, proposed } from '../context.ts'

const YEAR = 365 * 86_400

/**
 * The contract of every store's outbox, and of two stores with the same file or table.
 *
 * @param open opens two stores with the same empty file or table; the suite closes them
 */
export function outboxContract(name: string, open: () => Promise<[Store, Store]>): void {
  describe(`an outbox (${name})`, () => {
    let one: Store
    let other: Store
    let id: string
    beforeAll(async () => {
      ;[one, other] = await open()
    })
    afterAll(() => Promise.all([one, other].map((store) => store.close())))
    beforeEach(async () => {
      await emptied(one, TODAY + YEAR)
      id = proposed().id
      await changing(one, [{ after: proposed({ id, site: `outbox-${id}` }) }])
    })

    /** Writes messages with a change of the reservation. @returns the number of the revision */
    const post = async (...messages: OutboxMessage[]) => {
      const [before] = await one.find(id)
      await changing(one, [{ before: before!, after: before!.reservation, messages }])
      return before!.revision + 1
    }
    const claim = async (now = TODAY, store = one, token = `token-${id}`) =>
      (await store.outbox.claim({ now, until: now + CLAIM, limit: 20, token })).claims
    const only = async (claims: Promise<readonly Claim[]>) => {
      const [first, ...rest] = await claims
      expect(rest).toEqual([])
      return first as Claim
    }

    it('has the messages of a change as soon as it is committed', async () => {
      const messages = [left(id), joined(id, 'M42')]
      await post(...messages)
      expect(await waiting(one)).toEqual(
        messages.map((message) => ({ message, revision: 2, writtenAt: TODAY, attempts: 0, due: 0 })),
      )
      expect(await other.outbox.backlog()).toEqual({ depth: 2, oldest: TODAY })
      const claims = await claim()
      expect(claims).toHaveLength(2)
      const theirs = {
        revision: 2,
        writtenAt: TODAY,
        attempts: 1,
        token: `token-${id}`,
        until: TODAY + CLAIM,
        lapsed: false,
      }
      for (const message of messages) expect(claims).toContainEqual({ message, ...theirs })
    })

    it('distinguishes reservations and projects, whatever their names', async () => {
      const like = (reservation: string, project: string, createdAt: string): OutboxMessage => ({
        ...joined(reservation),
        project: { name: project, createdAt },
      })
      await post(
        like(id, 'M31', '1#2'),
        like(id, 'M31#1', '2'),
        like(id, 'M3', '11#2'),
        like(id, `${'é'.repeat(250)}1`, '2'),
        like(id, `${'é'.repeat(250)}2`, '2'),
      )
      await changing(one, [
        { after: proposed({ id: `${id}M`, site: `outbox-${id}` }), messages: [like(`${id}M`, '31', '1#2')] },
      ])
      expect(await emptied(one)).toHaveLength(6)
    })

    it('gives each message to one of two concurrent workers, and to no other until the claim lapses', async () => {
      await post(...Array.from({ length: 15 }, (_, n) => joined(id, `p${n}`)))
      const both = await Promise.all([one, other, one, other].map((store, n) => claim(TODAY, store, `token-${n}`)))
      const names = both.flat().map(({ message }) => toProjects(message).project.name)
      expect(new Set(names).size).toBe(15)
      expect(names).toHaveLength(15)
      expect(await claim(TODAY + CLAIM - 1, other, 'late')).toEqual([])
      expect(await claim(TODAY + CLAIM, other, 'late')).toHaveLength(15)
    })

    it('claims no more than the limit, and returns whether there are more', async () => {
      await post(...[1, 2, 3].map((n) => joined(id, `p${n}`)))
      const some = (token: string) => one.outbox.claim({ now: TODAY, until: TODAY + CLAIM, limit: 2, token })
      expect(await some('first')).toMatchObject({ claims: [{}, {}], more: true })
      expect(await some('second')).toMatchObject({ claims: [{}], more: false })
      expect(await some('third')).toEqual({ claims: [], more: false })
    })

    it('removes delivered messages', async () => {
      await post(joined(id))
      await one.outbox.remove(await only(claim()))
      expect(await one.outbox.backlog()).toEqual({ depth: 0, oldest: undefined })
    })

    it('lets a lapsed message be claimed again, marked as lapsed; the old claim has no effect', async () => {
      await post(joined(id))
      const first = await only(claim())
      const second = await only(claim(TODAY + CLAIM, other, 'second'))
      expect(second).toMatchObject({ attempts: 2, lapsed: true, token: 'second' })
      await one.outbox.remove(first)
      await one.outbox.postpone(first, 0, true)
      expect(await claim(TODAY + 2 * CLAIM - 1, one, 'third')).toEqual([])
      await other.outbox.remove(second)
      expect(await one.outbox.backlog()).toMatchObject({ depth: 0 })
    })

    it('does not mark a postponed message as lapsed', async () => {
      await post(joined(id))
      await one.outbox.postpone(await only(claim()), TODAY + 5, true)
      expect(await only(claim(TODAY + 5, other, 'second'))).toMatchObject({ attempts: 2, lapsed: false })
    })

    it('counts no attempt for a message that is given back, which is due at once or when it is said', async () => {
      await post(joined(id))
      await one.outbox.giveBack(await only(claim()), 0)
      await one.outbox.giveBack(await only(claim(TODAY, other, 'second')), TODAY + 90)
      expect(await claim(TODAY + 89)).toEqual([])
      expect(await claim(TODAY + 90)).toMatchObject([{ attempts: 1, lapsed: false }])
    })

    it('keeps the attempts of others for a message that is given back', async () => {
      await post(joined(id))
      const first = await only(claim())
      const second = await only(claim(TODAY + CLAIM, other, 'second'))
      await one.outbox.giveBack(first, 0)
      expect(await claim(TODAY + CLAIM, one, 'third')).toEqual([])
      await other.outbox.giveBack(second, 0)
      expect(await claim(TODAY + CLAIM)).toMatchObject([{ attempts: 2 }])
    })

    it('gives back a message that was to be retried from its first attempt on, or that another has replaced', async () => {
      await post(joined(id), joined(id, 'M42'))
      const claims = await claim()
      for (const message of await waiting(one)) await one.outbox.retry(message)
      for (const retried of claims) await one.outbox.giveBack(retried, 0)
      const again = await claim(TODAY, one, 'second')
      expect(again).toMatchObject([{ attempts: 1 }, { attempts: 1 }])
      await post(left(id))
      for (const replaced of again) await one.outbox.giveBack(replaced, TODAY + 90)
      expect(await claim(TODAY, one, 'third')).toMatchObject([{ message: left(id), attempts: 1 }])
    })

    it('holds back a postponed message until it is due', async () => {
      await post(joined(id))
      await one.outbox.postpone(await only(claim()), TODAY + 90, true)
      expect(await claim(TODAY + 89)).toEqual([])
      expect(await claim(TODAY + 90)).toMatchObject([{ attempts: 2 }])
    })

    it('replaces an undelivered message about the same reservation and project', async () => {
      await post(joined(id), joined(id, 'M42'))
      await post(left(id))
      expect((await waiting(one)).map(({ message, revision }) => ({ message, revision }))).toEqual([
        { message: left(id), revision: 3 },
        { message: joined(id, 'M42'), revision: 2 },
      ])
    })

    it('resets attempts and delay when a postponed message is replaced', async () => {
      await post(left(id))
      await one.outbox.postpone(await only(claim()), TODAY + 3600, true)
      await post(joined(id))
      expect(await only(claim())).toMatchObject({ message: joined(id), attempts: 1 })
    })

    it('holds back the replacement of a claimed message until that is answered', async () => {
      await post(joined(id), joined(id, 'M42'))
      const [first] = (await claim()).filter(({ message }) => toProjects(message).project.name === 'M31')
      await post(left(id))
      expect(await claim(TODAY + CLAIM - 1, other, 'early')).toEqual([])
      await one.outbox.remove(first!)
      expect((await claim(TODAY, other, 'after')).map(({ message, lapsed }) => ({ message, lapsed }))).toEqual([
        { message: left(id), lapsed: false },
      ])
    })

    it.each([true, false])(
      'holds back the replacement of a claimed message that failed: answered %s',
      async (answered) => {
        await post(joined(id))
        const first = await only(claim())
        await post(left(id))
        await one.outbox.postpone(first, TODAY + 1000, answered)
        if (!answered) expect(await claim(TODAY + CLAIM - 1, other, 'early')).toEqual([])
        expect(await only(claim(answered ? TODAY : TODAY + CLAIM, other, 'after'))).toMatchObject({
          message: left(id),
          attempts: 1,
          lapsed: false,
        })
      },
    )

    it('holds back the replacement of an unanswered message until its claim would have lapsed', async () => {
      await post(joined(id))
      await one.outbox.postpone(await only(claim()), TODAY + 2, false)
      expect(await claim(TODAY + CLAIM - 1)).toEqual([])
      await post(left(id))
      expect(await claim(TODAY + CLAIM - 1)).toEqual([])
      expect(await only(claim(TODAY + CLAIM))).toMatchObject({ message: left(id), attempts: 1, lapsed: false })
    })

    it('lets the replacement of a claimed message be claimed when the claim lapses', async () => {
      await post(joined(id))
      const first = await only(claim())
      await post(left(id))
      const second = await only(claim(TODAY + CLAIM, other, 'second'))
      expect(second).toMatchObject({ message: left(id), lapsed: true })
      await one.outbox.remove(first)
      expect((await waiting(one)).map(({ message }) => message)).toEqual([left(id)])
      await other.outbox.remove(second)
      expect(await waiting(one)).toEqual([])
    })

    it('keeps the last of several messages about the same reservation and project in one change', async () => {
      await post(joined(id), left(id))
      expect(await emptied(one)).toEqual([left(id)])
    })

    it('treats messages due in the far future as due: the clock was set back', async () => {
      await post(joined(id))
      await one.outbox.postpone(await only(claim(TODAY + YEAR)), TODAY + YEAR + 60, true)
      expect(await only(claim(TODAY))).toMatchObject({ attempts: 2 })
      // That claim will lapse in time, so the clock was not set back.
      expect(await claim(TODAY + 1, other, 'early')).toEqual([])
    })

    it.each([1, 5, 6, 8, 12, 14])(
      'holds nothing back for longer after %i attempts than it may, and some minutes, whenever that was written',
      async (attempts) => {
        await post(joined(id))
        for (let n = 1; n < attempts; n += 1) await one.outbox.postpone(await only(claim(TODAY, one, `${n}`)), 0, true)
        const last = await only(claim())
        expect(last.attempts).toBe(attempts)
        const longest = maxWait(attempts) + MAX_CLOCK_SKEW
        await one.outbox.postpone(last, TODAY + longest + 1, true)
        expect(await claim(TODAY + 1, other, 'within')).toEqual([])
        expect(await only(claim(TODAY, other, 'beyond'))).toMatchObject({ attempts: attempts + 1 })
      },
    )

    it('holds back what a server has claimed whose clock is some minutes ahead', async () => {
      await post(joined(id))
      await only(claim(TODAY + MAX_CLOCK_SKEW))
      expect(await claim(TODAY, other, 'behind')).toEqual([])
    })

    it('reports the number of messages, and when the oldest was written', async () => {
      await post(joined(id), joined(id, 'M42'))
      await claim()
      expect(await other.outbox.backlog()).toEqual({ depth: 2, oldest: TODAY })
    })
  })
}
