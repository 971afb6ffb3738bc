import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { endOf } from './child.ts'

const start = (code: string) => {
  const child = fork('-e', [code], { execArgv: [], stdio: ['ignore', 'pipe', 'ignore', 'ipc'] })
  onTestFinished(() => void child.kill())
  let output = ''
  child.stdout?.on('data', (data: Buffer) => (output += data))
  return { child, output: () => output, ...endOf(child, () => output) }
}

it('what is awaited of a child process fails as soon as that has ended, and says what it printed', async () => {
  const { child, ended, beforeEnd } = start("console.log('a fault'); process.exitCode = 3")
  await expect(beforeEnd(once(child, 'message'))).rejects.toThrow('ended with 3.\na fault')
  expect(await ended).toEqual([3, null])
  await expect(beforeEnd(new Promise(() => undefined))).rejects.toThrow('ended with 3')
})

it('a check of what a child process does is repeated until it passes, or the process has ended', async () => {
  const { child, ended, output, until } = start(
    "process.on('message', () => { console.log('at last'); process.exit() })",
  )
  let checks = 0
  const check = until(() => {
    if (++checks === 2) child.send('now')
    expect(output()).toBe('at last\n')
  })
  await check
  await ended
  await expect(until(() => expect(output()).toBe('never'))).rejects.toThrow('ended with 0.\nat last')
})

it('the last message of a child process comes before its end', async () => {
  const { child, beforeEnd } = start("process.send('done', () => process.exit())")
  expect(await beforeEnd(once(child, 'message'))).toEqual(['done', undefined])
})
