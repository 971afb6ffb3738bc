import { beforeEach, describe, expect, it } from 'vitest'
import { type Linked, LinkedList, unlink } from '../../../src/http/admission/linked-list.ts'

interface Member extends Linked<Member> {
  readonly name: string
}

let list: LinkedList<Member>
let other: LinkedList<Member>
let members: [Member, Member, Member]
beforeEach(() => {
  list = new LinkedList()
  other = new LinkedList()
  members = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
  for (const member of members) list.add(member)
})

const named = (one: LinkedList<Member>) => [one.size, one.first?.name, [...one].map(({ name }) => name).join('')]

describe('a linked list', () => {
  it('has its members in the order in which they were added', () => {
    expect(named(list)).toEqual([3, 'a', 'abc'])
    expect(named(other)).toEqual([0, undefined, ''])
  })

  it.each([
    [0, 'bc', 'bca'],
    [1, 'ac', 'acb'],
    [2, 'ab', 'abc'],
  ])('forgets member %i that is removed, and has it last when it is added again', (n, without, again) => {
    const member = members[n] as Member
    unlink(member)
    unlink(member)
    expect(named(list)).toEqual([2, without.slice(0, 1), without])
    list.add(member)
    expect(named(list)).toEqual([3, again.slice(0, 1), again])
    list.add(member)
    expect(named(list)).toEqual([3, again.slice(0, 1), again])
  })

  it.each(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])('keeps the others while its members are removed: %s', (order) => {
    let left = 'abc'
    for (const name of order) {
      unlink(members.find((member) => member.name === name) as Member)
      left = left.replace(name, '')
      expect(named(list)).toEqual([left.length, left[0], left])
    }
  })

  it('loses a member that is added to another list', () => {
    other.add(members[1])
    expect([named(list), named(other)]).toEqual([
      [2, 'a', 'ac'],
      [1, 'b', 'b'],
    ])
    unlink(members[1])
    expect([named(list), named(other)]).toEqual([
      [2, 'a', 'ac'],
      [0, undefined, ''],
    ])
  })

  it('can lose each member while it is read', () => {
    const seen = []
    for (const member of list) {
      seen.push(member.name)
      other.add(member)
    }
    expect([seen.join(''), named(list), named(other)]).toEqual(['abc', [0, undefined, ''], [3, 'a', 'abc']])
  })
})
