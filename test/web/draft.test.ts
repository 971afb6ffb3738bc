import { describe, expect, it } from 'vitest'
import { durationOf } from '../../src/domain/interval.ts'
import {
  changesOf,
  draftAt,
  draftOf,
  lengthsFor,
  mayEndLater,
  noteProblem,
  withEnd,
  withKind,
  withStart,
  proposedFrom,
  rebased,
} from '../../web/editor/draft.ts'
import { formatSpan } from '../../web/format/span.ts'
import { at, ofBo, saf } from './sites.ts'

const start = at('2026-03-07T04:00Z')
const MINUTE = 60

describe('a draft at a selected time', () => {
  it.each([
    [5, 'realtime', 30],
    [15, 'realtime', 15],
    [30, 'realtime', 30],
    [35, 'realtime', 35],
    [45, 'realtime', 45],
    [50, 'project', 50],
    [240, 'project', 240],
  ])('of %d minutes is a %s session of %d', (minutes, kind, length) => {
    const draft = draftAt(start, start + minutes * MINUTE)
    expect([draft.kind, draft.start, durationOf(draft)]).toEqual([kind, start, length * MINUTE])
  })

  it('lasts half an hour if only a start is given', () => {
    expect(draftAt(start)).toEqual({
      title: '',
      kind: 'realtime',
      project: undefined,
      priority: 'standard',
      note: '',
      start,
      end: start + 30 * MINUTE,
    })
  })
})

describe('moving a draft', () => {
  const long = draftAt(start, start + 180 * MINUTE)

  it('keeps its length, as far as the night goes', () => {
    expect(formatSpan(saf, withStart(saf, long, start + 60 * MINUTE))).toBe('Fri 6 Mar 22:00 – Sat 7 Mar 01:00')
    expect(formatSpan(saf, withStart(saf, long, at('2026-03-07T18:00Z')))).toBe('Sat 7 Mar 11:00–12:00')
  })

  it('lets maintenance end in a later night, and a session that does already', () => {
    const closure = withKind(long, 'maintenance', [])
    expect([mayEndLater(saf, long), mayEndLater(saf, closure)]).toEqual([false, true])
    const later = withEnd(closure, at('2026-03-10T06:00Z'))
    expect(formatSpan(saf, later)).toBe('Fri 6 Mar 21:00 – Tue 10 Mar 00:00')
    expect(mayEndLater(saf, withKind(later, 'project', []))).toBe(true)
  })

  it('never ends before it starts', () => {
    expect(withEnd(long, start - 3600).end).toBe(start + 5 * MINUTE)
  })
})

describe('a draft whose reservation somebody else changes', () => {
  const before = ofBo('2026-03-07T04:00Z', '2026-03-07T05:00Z', { note: 'R' })
  const now = { ...before, title: 'M63', note: 'G', end: before.end + 600 }

  it('takes over what it has not changed itself', () => {
    const draft = { ...draftOf(before), title: 'M64' }
    expect(rebased(before, now, draft)).toEqual({ ...draftOf(now), title: 'M64' })
    expect(rebased(before, now, draftOf(before))).toEqual(draftOf(now))
  })

  it('takes over the other project though its own was chosen anew, and keeps one that it has changed', () => {
    const [m51, m63] = ['M51', 'M63'].map((name) => ({ name, createdAt: '2026-01-01T00:00:00Z' }))
    const [from, to] = [
      { ...before, project: m51 },
      { ...now, project: m63 },
    ]
    expect(rebased(from, to, { ...draftOf(from), project: { ...m51! } }).project).toEqual(m63)
    expect(rebased(from, to, { ...draftOf(from), project: undefined }).project).toBeUndefined()
  })

  it('keeps its times together', () => {
    const draft = { ...draftOf(before), start: before.start - 600 }
    expect(rebased(before, now, draft)).toMatchObject({ start: before.start - 600, end: before.end })
  })
})

describe('the kind of a draft', () => {
  it('gives a real-time session one of its lengths', () => {
    const lengths = lengthsFor(draftAt(start))
    expect(lengths).toEqual([30 * MINUTE, 45 * MINUTE])
    expect(durationOf(withKind(draftAt(start, start + 300 * MINUTE), 'realtime', lengths))).toBe(45 * MINUTE)
    expect(
      durationOf(withKind({ ...draftAt(start), kind: 'project', end: start + 10 * MINUTE }, 'realtime', lengths)),
    ).toBe(30 * MINUTE)
  })

  it('keeps another length of a real-time session', () => {
    const initial = draftOf(ofBo('2026-03-07T04:00Z', '2026-03-07T05:02Z', { kind: 'realtime' }))
    expect(lengthsFor(initial)).toEqual([30 * MINUTE, 45 * MINUTE, 62 * MINUTE])
    expect(withKind(withKind(initial, 'project', []), 'realtime', lengthsFor(initial))).toEqual(initial)
  })
})

describe('the input for a draft', () => {
  const before = ofBo('2026-03-07T04:02:10Z', '2026-03-07T05:00Z', { note: 'Köhler\nillumination', title: ' M51 ' })

  it('leaves an empty title and no project to the calendar', () => {
    expect(proposedFrom(saf, { ...draftAt(start), title: '  ' })).toEqual({
      site: 'saf',
      start,
      end: start + 30 * MINUTE,
      kind: 'realtime',
      priority: 'standard',
      note: '',
    })
    const project = { name: 'M51', createdAt: '2026' }
    expect(proposedFrom(saf, { ...draftAt(start), title: ' M51 ', project })).toMatchObject({ title: 'M51', project })
  })

  it('is empty if nothing was changed', () => {
    expect(changesOf(before, draftOf(before))).toEqual({})
  })

  it('has the changed fields, and both ends of a changed time', () => {
    const draft = draftOf(before)
    expect(changesOf(before, { ...draft, end: draft.end + 300 })).toEqual({
      start: before.start,
      end: before.end + 300,
    })
    expect(changesOf(before, { ...draft, priority: 'low_priority', note: 'x', kind: 'realtime' })).toEqual({
      priority: 'low_priority',
      note: 'x',
      kind: 'realtime',
    })
    expect(changesOf(before, { ...draft, title: '' })).toEqual({ title: 'Bo Jansson' })
  })

  it('detaches a project with undefined', () => {
    const withProject = { ...before, project: { name: 'M51', createdAt: '2026' } }
    const changes = changesOf(withProject, { ...draftOf(withProject), project: undefined })
    expect(changes).toHaveProperty('project', undefined)
    expect(changesOf(before, draftOf(before))).not.toHaveProperty('project')
  })
})

describe('a note', () => {
  it('has at most the characters of a FITS header card', () => {
    expect(noteProblem('x'.repeat(68), '')).toBeUndefined()
    expect(noteProblem('x'.repeat(70), '')).toContain('by 2')
  })

  it('is of printable ASCII characters', () => {
    expect(noteProblem('a ~ !', '')).toBeUndefined()
    expect(noteProblem('seeing < 1″', '')).toContain('“″”')
    expect(noteProblem('🔭', '')).toContain('“🔭”')
  })

  it('may stay as it was', () => {
    expect(noteProblem('é'.repeat(500), 'é'.repeat(500))).toBeUndefined()
  })
})
