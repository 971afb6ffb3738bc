/** Memory for the bodies of responses, which is used again: to allocate and collect it for each body takes longer than to fill it. */
export interface BufferPool {
  /** A buffer of this many bytes, whatever they are. */
  take(size: number): Buffer<ArrayBuffer>
  /** Takes back a buffer that nobody reads any more. Does nothing if it is not from this pool. */
  giveBack(buffer: Uint8Array): void
}

/** Smaller buffers come from the pool that Node.js has for them, and larger ones are not used again. In bytes. */
const [MIN_BYTES, MAX_BYTES] = [4096, 262_144]
/** With this many sizes for each power of two, at most a fifth of a buffer is not used. */
const SIZES_PER_DOUBLING = 4
/** If more is free, all of it is left to the garbage collector. In bytes. */
const MAX_FREE_BYTES = 4_000_000

interface Memory {
  readonly bytes: Buffer<ArrayBuffer>
  isTaken: boolean
}

export function openBufferPool(): BufferPool {
  const known = new WeakMap<ArrayBufferLike, Memory>()
  const free = new Map<number, Memory[]>()
  let freeBytes = 0

  function allocate(size: number): Memory {
    const memory = { bytes: Buffer.allocUnsafeSlow(size), isTaken: true }
    known.set(memory.bytes.buffer, memory)
    return memory
  }
  function reuse(size: number): Memory | undefined {
    const memory = free.get(size)?.pop()
    if (!memory) return undefined
    freeBytes -= size
    memory.isTaken = true
    return memory
  }
  return {
    take(size) {
      if (size < MIN_BYTES) return Buffer.allocUnsafe(size)
      if (size > MAX_BYTES) return Buffer.allocUnsafeSlow(size)
      const whole = wholeSize(size)
      return (reuse(whole) ?? allocate(whole)).bytes.subarray(0, size)
    },
    giveBack({ buffer }) {
      const memory = known.get(buffer)
      if (!memory?.isTaken) return
      memory.isTaken = false
      const { length } = memory.bytes
      if (freeBytes + length > MAX_FREE_BYTES) {
        free.clear()
        freeBytes = 0
      }
      freeBytes += length
      const others = free.get(length)
      if (others) others.push(memory)
      else free.set(length, [memory])
    },
  }
}

const wholeSize = (size: number) =>
  Math.ceil(2 ** (Math.ceil(Math.log2(size) * SIZES_PER_DOUBLING) / SIZES_PER_DOUBLING))

/** The pool of this process. */
export const bufferPool: BufferPool = openBufferPool()
