/** A member of lists: it holds the links. */
export interface Linked<T extends Linked<T>> {
  /** The list that it is in. */
  list?: LinkedList<T> | undefined
  previous?: T | undefined
  next?: T | undefined
}

/**
 * Members in the order in which they were added, each in one list at a time. To move one allocates nothing. A Set allocates
 * a table for every few members that come and go, and each table keeps the next one from being collected early.
 */
export class LinkedList<T extends Linked<T>> implements Iterable<T> {
  private head: T | undefined
  private tail: T | undefined
  private count = 0

  get first(): T | undefined {
    return this.head
  }

  get size(): number {
    return this.count
  }

  /** Adds a member at the end. It leaves the list that it was in. */
  add(member: T): void {
    unlink(member)
    member.list = this
    member.previous = this.tail
    if (this.tail) this.tail.next = member
    else this.head = member
    this.tail = member
    this.count += 1
  }

  /** Removes one of its members. */
  remove(member: T): void {
    const { previous, next } = member
    if (previous) previous.next = next
    else this.head = next
    if (next) next.previous = previous
    else this.tail = previous
    member.list = member.previous = member.next = undefined
    this.count -= 1
  }

  /** A member that was just returned may be moved or removed. */
  *[Symbol.iterator](): Iterator<T> {
    for (let member = this.head, next; member; member = next) {
      next = member.next
      yield member
    }
  }
}

/** Removes a member from the list that it is in. */
export function unlink<T extends Linked<T>>(member: T): void {
  member.list?.remove(member)
}
