import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { viewerOf } from '../../src/domain/access.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import type { Project } from '../../src/domain/project.ts'
import { withProjects } from '../../src/http/projects-of-list.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { DetailsResult, ProjectDetails } from '../../src/sources/project-details.ts'
import type { Store } from '../../src/store/port.ts'
import { eventOf } from '../../src/wire/event.ts'
import { ada, from, grace, memoryStore, on, saf, proposed, worldOf } from '../context.ts'

const [m31, m42] = ['M31', 'M42'].map((name) => ({ name, createdAt: '2030' })) as [Project, Project]
const query = { sites: [saf.code], during: from(9, '00:00', '23:00') }

let store: Store
let lists: unknown[][]
beforeEach(() => {
  const real = memoryStore()
  lists = []
  store = {
    ...real,
    async list(query, valueOf) {
      const found = await real.list(query, valueOf)
      lists.push(found)
      return found
    },
  }
})
afterEach(() => store.close())

const make = async (hour: number, overrides: Parameters<typeof proposed>[0] = {}) =>
  (
    await reserve(
      proposed({ start: on(9, `0${hour}:00`), end: on(9, `0${hour}:00`) + HOUR, ...overrides }),
      ada,
      { override: false },
      worldOf(store),
    )
  ).reservation

/** Project details that come from `find`. */
const detailsBy = (find: (projects: readonly Project[]) => Promise<readonly DetailsResult[]>) =>
  ({ find }) as Parameters<typeof withProjects>[3]
const detailsOf = ({ name }: Project): ProjectDetails => ({ project_name: name, note: 'n'.repeat(20) })
const read = async (projects: Parameters<typeof withProjects>[3], by: Parameters<typeof viewerOf>[0] = grace) =>
  new TextDecoder().decode(await withProjects(query, viewerOf(by), store, projects))

describe('a list with the details of projects', () => {
  it('has the details in each event', async () => {
    const created = [
      await make(1),
      await make(2, { project: m31 }),
      await make(3, { project: m42 }),
      await make(4, { project: m31 }),
    ]
    const requested: (readonly Project[])[] = []
    const text = await read(
      detailsBy(
        async (projects) => (
          requested.push(projects),
          projects.map((one) => (one.name === 'M31' ? detailsOf(one) : undefined))
        ),
      ),
    )
    expect(requested).toEqual([[m31, m42]])
    const project = [undefined, detailsOf(m31), 'Project not found.', detailsOf(m31)]
    expect(text).toBe(
      JSON.stringify(created.map((one, n) => ({ ...eventOf(one), ...(project[n] && { project: project[n] }) }))),
    )
    expect(
      JSON.parse(
        await read(
          detailsBy(async (projects) => projects.map(detailsOf)),
          anonymous,
        ),
      ),
    ).toMatchObject([{ creator: 'ada' }, { project: { project_name: 'M31' } }, {}, {}])
    expect(await read(detailsBy(async (projects) => projects.map(() => 'not_requested' as const)))).toBe(
      JSON.stringify(
        created.map((one) => ({ ...eventOf(one), ...(one.project && { project: 'Project not looked up.' }) })),
      ),
    )
    expect(await read(undefined)).toBe(
      JSON.stringify(
        created.map((one) => ({ ...eventOf(one), ...(one.project && { project: 'Project not found.' }) })),
      ),
    )
  })

  it('has no event in memory during the request to the projects service, and includes events committed in between', async () => {
    await make(1, { project: m31, extra: { padding: 'p'.repeat(1000) } })
    let kept: unknown
    const text = await read(
      detailsBy(async (projects) => {
        kept ??= JSON.stringify(lists)
        if (projects.includes(m42) || lists.length > 1) return projects.map(detailsOf)
        await make(2, { project: m42 })
        return projects.map(detailsOf)
      }),
    )
    expect(kept).toBe(JSON.stringify([[m31]]))
    expect(JSON.parse(text)).toMatchObject([{ project: detailsOf(m31) }, { project: detailsOf(m42) }])
  })

  it('is rejected beyond 32 MB, details included', async () => {
    for (let hour = 1; hour < 6; hour += 1) await make(hour, { project: m31 })
    const large = detailsBy(async (projects) => projects.map(() => ({ note: 'n'.repeat(7_000_000) })))
    await expect(read(large)).rejects.toMatchObject({ code: 'too_large' })
    expect(store.longLists.active()).toBe(0)
  })

  it('holds a permit for long lists while it is built, if it is long', async () => {
    await make(1, { project: m31 })
    const { longLists } = store
    let acquired = 0
    store = { ...store, longLists: { ...longLists, acquire: () => ((acquired += 1), longLists.acquire()) } }
    const ofSize = (size: number) => detailsBy(async (projects) => projects.map(() => ({ note: 'n'.repeat(size) })))
    await read(ofSize(900_000))
    expect(acquired).toBe(0)
    await read(ofSize(1_100_000))
    expect([acquired, longLists.active()]).toEqual([1, 0])
  })
})
