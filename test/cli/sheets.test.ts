import { expect, it } from 'vitest'
import { gather } from '../../src/cli/findings.ts'
import { rebuild, type Sheets, verify } from '../../src/cli/sheets.ts'
import { problem, remark } from '../../src/store/finding.ts'
import { paper } from './folder.ts'

let completed = 0
const sheets: Sheets = {
  async rebuild(onProgress) {
    onProgress({ read: 3, written: 0, sheets: 0 })
    onProgress({ read: 3, written: 2, sheets: 2 })
    return { reservations: 1, sheets: 2, completed }
  },
  async *verify(_, onProgress) {
    onProgress({ read: 3, written: 0, sheets: 0 })
    yield problem('adas\u001b[2J: its history has gaps')
    yield remark('bos: stands at 2 starts')
  },
}

it('tells how much was rebuilt', async () => {
  expect(await rebuild('dynamodb:calendar', sheets)).toMatchObject({
    text: '1 reservation on 2 sheets\n',
    facts: { store: 'dynamodb:calendar', reservations: 1, sheets: 2, completed: 0 },
  })
  completed = 1
  expect((await rebuild('dynamodb:calendar', sheets)).text).toBe('1 reservation on 2 sheets\n1 reservation of whose last change only a part was there: it is whole now\n')
})

it('prints what verifying finds, without control characters, and counts the problems', async () => {
  const { out, text } = paper()
  const outcome = await verify(sheets, (findings) => gather('dynamodb:calendar', findings, out))
  expect(outcome).toMatchObject({ found: true, facts: { problems: 1, remarks: 1 }, text: 'dynamodb:calendar: 1 problem, 1 remark\n' })
  expect(text()).toBe('problem: adas\u{fffd}[2J: its history has gaps\nremark: bos: stands at 2 starts\n')
})
