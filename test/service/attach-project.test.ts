import { beforeEach, describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { attachProject, MAX_ATTACHED, MAX_REFERENCES } from '../../src/service/attach-project.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { ServiceContext } from '../../src/service/context.ts'
import type { Store } from '../../src/store/port.ts'
import { waiting, toProjects } from '../outbox.ts'
import { ada, grace, memoryStore, scheduler, type TestWorld, TODAY, proposed, worldOf } from '../context.ts'

const m31 = { name: 'M31', createdAt: '2030-01-01' }
const m42 = { name: 'M42', createdAt: '2030-01-01' }

describe('attaching a project', () => {
  let store: Store
  let context: TestWorld
  beforeEach(() => {
    store = memoryStore()
    context = worldOf(store, { hasProjectsService: true })
  })

  const make = async (overrides: Parameters<typeof proposed>[0] = {}) =>
    (await reserve(proposed(overrides), grace, { override: true }, context)).reservation
  const projectOf = async (id: string) => (await store.find(id)).map(({ reservation }) => reservation.project)

  it('works without signing in, and returns the result of every reference in order', async () => {
    const [coming, over] = [await make(), await make({ start: TODAY - HOUR, end: TODAY })]
    const references = [{ id: over.id }, { id: 'nobody' }, { id: coming.id }]
    expect(await attachProject(m31, references, anonymous, context)).toEqual([
      { id: over.id, status: 'finished' },
      { id: 'nobody', status: 'not_found' },
      { id: coming.id, status: 'updated' },
    ])
    expect(await projectOf(coming.id)).toEqual([m31])
    expect(await projectOf(over.id)).toEqual([undefined])
    expect(await store.history(over.id)).toHaveLength(1)
  })

  it('writes a revision and messages', async () => {
    const { id } = await make()
    await attachProject(m31, [{ id }], anonymous, context)
    await attachProject(m42, [{ id }], ada, context)
    await attachProject(undefined, [{ id }], scheduler, context)
    expect((await store.history(id)).slice(1).map(({ by, via, after }) => [by, via, after?.project])).toEqual([
      ['anonymous', 'attach-project', m31],
      [ada.id, 'attach-project', m42],
      [scheduler.id, 'detach-project', undefined],
    ])
    expect(
      (await waiting(store)).map(({ message, revision }) => [
        toProjects(message).action,
        toProjects(message).project,
        revision,
      ]),
    ).toEqual([
      ['remove-project-event', m31, 3],
      ['remove-project-event', m42, 4],
    ])
  })

  it.each([
    ['attached', m31, MAX_ATTACHED],
    ['detached', undefined, MAX_REFERENCES],
  ])('is computed once for an event that is named repeatedly: %s', async (_, project, times) => {
    const { id } = await make({ project: m42 })
    let [sizes, looks] = [0, 0]
    const sizeOf: ServiceContext['sizeOf'] = (reservation) => ((sizes += 1), context.sizeOf(reservation))
    const change: Store['change'] = (scope, decide) =>
      store.change(scope, (stored) => decide({ ...stored, rows: (one) => ((looks += 1), stored.rows(one)) }))
    const answer = await attachProject(
      project,
      Array.from({ length: times }, () => ({ id })),
      anonymous,
      { ...context, sizeOf, store: { ...store, change } },
    )
    expect(answer).toEqual(Array.from({ length: times }, () => ({ id, status: 'updated' })))
    expect([sizes, looks]).toEqual([1, 1])
    expect(await store.history(id)).toHaveLength(2)
  })

  it('lets admins and services change ended reservations too', async () => {
    const over = await make({ start: TODAY - HOUR, end: TODAY })
    expect(await attachProject(m31, [{ id: over.id }], scheduler, context)).toEqual([
      { id: over.id, status: 'updated' },
    ])
    expect(await projectOf(over.id)).toEqual([m31])
  })

  it('does not find a reservation that has moved from the given start', async () => {
    const { id, start } = await make()
    expect(
      await attachProject(
        m31,
        [
          { id, start: start + 1 },
          { id, start },
        ],
        anonymous,
        context,
      ),
    ).toEqual([
      { id, status: 'not_found' },
      { id, status: 'updated' },
    ])
  })

  it('changes a reservation once if it is named twice', async () => {
    const { id } = await make()
    const updated = { id, status: 'updated' }
    expect(await attachProject(m31, [{ id }, { id }], anonymous, context)).toEqual([updated, updated])
    expect(await store.history(id)).toHaveLength(2)
  })

  it('changes nothing if the project is already attached', async () => {
    const { id } = await make({ project: m31 })
    expect(await attachProject({ ...m31 }, [{ id }], anonymous, context)).toEqual([{ id, status: 'updated' }])
    expect(await store.history(id)).toHaveLength(1)
  })

  it('requires signing in under the strict write guard', async () => {
    const strict = worldOf(store, { writeGuard: 'strict' })
    const { id } = await make()
    await expect(attachProject(m31, [{ id }], anonymous, strict)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await projectOf(id)).toEqual([undefined])
    expect(await attachProject(m31, [{ id }], ada, strict)).toEqual([{ id, status: 'updated' }])
  })

  it('accepts an empty list', async () => {
    expect(await attachProject(m31, [], anonymous, context)).toEqual([])
  })

  it('attaches to 200 for anyone, to more only for admins and services', async () => {
    const created = await Promise.all(Array.from({ length: MAX_ATTACHED + context.store.maxBatch + 1 }, () => make()))
    const references = created.map(({ id }) => ({ id }))
    const oneTooMany = references.slice(0, MAX_ATTACHED + 1)
    for (const by of [anonymous, ada]) {
      await expect(attachProject(m31, oneTooMany, by, context)).rejects.toMatchObject({ code: 'malformed' })
    }
    expect(await projectOf(created[0]!.id)).toEqual([undefined])

    const answers = await attachProject(m31, references.slice(0, MAX_ATTACHED), anonymous, context)
    expect(answers).toEqual(references.slice(0, MAX_ATTACHED).map(({ id }) => ({ id, status: 'updated' })))
    expect(await attachProject(m42, references, scheduler, context)).toHaveLength(references.length)
    for (const { id } of references) expect(await projectOf(id)).toEqual([m42])
  })

  it('detaches from up to 5,000 for anyone, with a result for each in order', async () => {
    const created = await Promise.all(
      Array.from({ length: 320 }, (_, n) => make({ project: m31, ...(n % 40 === 0 && { start: TODAY - 7200 }) })),
    )
    const references = created.flatMap(({ id }, n) => [{ id }, { id: `nobody-${n}` }]).toReversed()
    const statusOf = (id: string) =>
      id.startsWith('nobody')
        ? 'not_found'
        : created.findIndex((one) => one.id === id) % 40 === 0
          ? 'finished'
          : 'updated'
    expect(await attachProject(undefined, references, anonymous, context)).toEqual(
      references.map(({ id }) => ({ id, status: statusOf(id) })),
    )
    for (const [n, { id }] of created.entries()) expect(await projectOf(id)).toEqual([n % 40 === 0 ? m31 : undefined])

    const many = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `none-${n}` }))
    expect(await attachProject(undefined, many(MAX_REFERENCES), anonymous, context)).toHaveLength(5000)
    for (const by of [anonymous, scheduler]) {
      await expect(attachProject(undefined, many(MAX_REFERENCES + 1), by, context)).rejects.toMatchObject({
        code: 'malformed',
      })
    }
  })

  it('changes only what has to be, in as few changes as possible', async () => {
    const created = await Promise.all(
      Array.from({ length: 130 }, (_, n) => make({ project: n % 2 === 0 ? m31 : undefined })),
    )
    let changes = 0
    const counting = {
      ...store,
      change: ((scope, decide) => ((changes += 1), store.change(scope, decide))) as typeof store.change,
    }
    await attachProject(
      undefined,
      created.map(({ id }) => ({ id })),
      scheduler,
      { ...context, store: counting },
    )
    expect(changes).toBe(Math.ceil(65 / store.bulk.size))
    await attachProject(
      undefined,
      created.map(({ id }) => ({ id })),
      scheduler,
      { ...context, store: counting },
    )
    expect(changes).toBe(Math.ceil(65 / store.bulk.size))
  })
})
