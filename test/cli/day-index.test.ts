import { expect, it } from 'vitest'
import { reportFindings } from '../../src/cli/report-findings.ts'
import { rebuild, type DayIndex, verify } from '../../src/cli/day-index.ts'
import { problem, notice } from '../../src/store/integrity.ts'
import { capture } from './folder.ts'

let completed = 0
const dayItems: DayIndex = {
  async rebuild(onProgress) {
    onProgress({ read: 3, written: 0, dayItems: 0 })
    onProgress({ read: 3, written: 2, dayItems: 2 })
    return { reservations: 1, dayItems: 2, completed }
  },
  async *verify(_, onProgress) {
    onProgress({ read: 3, written: 0, dayItems: 0 })
    yield problem('adas\u001b[2J: its history has gaps')
    yield notice('bos: has rows at 2 starts')
  },
}

it('rebuild prints the number of reservations, day items and completed changes', async () => {
  expect(await rebuild('dynamodb:calendar', dayItems)).toMatchObject({
    text: '1 reservation on 2 day items\n',
    report: { store: 'dynamodb:calendar', reservations: 1, day_items: 2, completed: 0 },
  })
  completed = 1
  expect((await rebuild('dynamodb:calendar', dayItems)).text).toBe(
    '1 reservation on 2 day items\n1 reservation with an unfinished last change, which is complete now\n',
  )
})

it('verify prints findings without control characters, and counts the problems', async () => {
  const { out, text } = capture()
  const outcome = await verify(dayItems, (findings) => reportFindings('dynamodb:calendar', findings, out))
  expect(outcome).toMatchObject({
    hasProblems: true,
    report: { problems: 1, notices: 1 },
    text: 'dynamodb:calendar: 1 problem, 1 notice\n',
  })
  expect(text()).toBe('problem: adas\u{fffd}[2J: its history has gaps\nnotice: bos: has rows at 2 starts\n')
})
