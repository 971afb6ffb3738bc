import { describe, expect, it } from 'vitest'
import { openGate, PIECE, pieceOf } from '../src/pace.ts'

describe('a piece', () => {
  it('is one at least, and ends where it is large, with nothing read beyond it', () => {
    let read = 0
    function* rows(size: number) {
      for (;;) {
        read += 1
        yield size
      }
    }
    const lengthOf = (size: number, most?: number) => {
      read = 0
      return [pieceOf(rows(size), (one) => one, most).length, read]
    }
    expect(lengthOf(PIECE * 10)).toEqual([1, 1])
    expect(lengthOf(PIECE / 4)).toEqual([4, 4])
    expect(lengthOf(0, 7)).toEqual([7, 7])
    expect(pieceOf([], () => 1)).toEqual([])
  })
})

describe('a gate', () => {
  const refusal = () => new Error('full')

  it('lets in so many at once, then whoever has waited longest, and refuses who would wait too long a line', async () => {
    const gate = openGate({ atOnce: 2, mostWaiting: 2, refusal })
    const entered: string[] = []
    const enter = async (name: string) => {
      const leave = await gate.enter()
      entered.push(name)
      return leave
    }
    const [a, b] = await Promise.all([enter('a'), enter('b')])
    const [c, d] = [enter('c'), enter('d')]
    await expect(enter('e')).rejects.toThrow('full')
    expect([gate.inside(), gate.waiting()]).toEqual([2, 2])
    b()
    const leaveC = await c
    a()
    const leaveD = await d
    expect(entered).toEqual(['a', 'b', 'c', 'd'])
    leaveC()
    leaveD()
    expect([gate.inside(), gate.waiting()]).toEqual([0, 0])
    await enter('f')
  })

  it('sends away who has waited too long, and nobody else is held up by them', async () => {
    const gate = openGate({ atOnce: 1, patienceMs: 20, refusal })
    const leave = await gate.enter()
    await expect(gate.enter()).rejects.toThrow('full')
    expect(gate.waiting()).toBe(0)
    leave()
    await expect(gate.enter()).resolves.toBeTypeOf('function')
  })
})
