/** The content lines of iCalendar (RFC 5545) as bytes: they end with CRLF, and are folded at 75 octets. */

/** The longest line in octets, without its end. */
const MAX_OCTETS = 75
/** The most octets that an octet of a text becomes: itself after a backslash, and the fold before it. */
const MAX_GROWTH = 5
const FIRST_SIZE = 65_536

const [TAB, LINE_FEED, RETURN, SPACE, BACKSLASH, DELETE] = [0x09, 0x0a, 0x0d, 0x20, 0x5c, 0x7f]
const [LETTER_N, PARAGRAPH_SEPARATOR] = [0x6e, 0xa9]

/** What a character of a text becomes, unless it is the octet after a backslash. */
const [ITSELF, NOTHING, NEXT_TELLS] = [0, 1, 2]
/** By the first octet of the character. */
const BECOMES = Uint8Array.from({ length: 0x100 }, (_, octet) => {
  if (octet === LINE_FEED) return LETTER_N
  // Those of CRLF, of the control characters from U+0080 on, and of the separators U+2028 and U+2029.
  if (octet === RETURN || octet === 0xc2 || octet === 0xe2) return NEXT_TELLS
  if ((octet < SPACE && octet !== TAB) || octet === DELETE) return NOTHING
  return '\\;,'.includes(String.fromCharCode(octet)) ? octet : ITSELF
})
/** The octets of a character, by its first one. */
const SIZES = Uint8Array.from({ length: 0x100 }, (_, octet) =>
  octet < 0xc0 ? 1 : octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : 4,
)

/** Lines that are being written. */
export interface ContentLines {
  /** Adds lines of ASCII with their ends, none longer than 75 octets. */
  addLines(lines: string): void
  /** Adds a line with a value of type TEXT. Control characters are removed. @param name in ASCII, with parameters if it has any */
  addText(name: string, text: string): void
  /** Adds lines that others have made. */
  addBytes(lines: Uint8Array): void
  /** The lines that were added since they were last taken. */
  take(): Buffer<ArrayBuffer>
}

/** Opens a buffer for lines. */
export function openContentLines(): ContentLines {
  let [bytes, length] = [Buffer.allocUnsafe(FIRST_SIZE), 0]
  function ensure(size: number): void {
    if (length + size <= bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, length + size))
    bytes.copy(larger, 0, 0, length)
    bytes = larger
  }
  return {
    addLines(lines) {
      ensure(lines.length)
      length += bytes.write(lines, length, 'latin1')
    },
    addText(name, text) {
      const value = Buffer.from(text)
      ensure(name.length + MAX_GROWTH * value.length + 3)
      length += bytes.write(`${name}:`, length, 'latin1')
      length = writeText(value, bytes, length, MAX_OCTETS - name.length - 1)
      length += bytes.write('\r\n', length, 'latin1')
    },
    addBytes(lines) {
      ensure(lines.length)
      bytes.set(lines, length)
      length += lines.length
    },
    take() {
      const taken = Buffer.from(bytes.subarray(0, length))
      length = 0
      return taken
    },
  }
}

/**
 * Writes a text: escaped, and folded between two characters.
 * @param at where in `to`
 * @param room octets that are left in the line
 * @returns where it ends
 */
function writeText(text: Uint8Array, to: Uint8Array, at: number, room: number): number {
  for (let from = 0; from < text.length;) {
    const octet = text[from] as number
    const size = SIZES[octet] as number
    let becomes = BECOMES[octet] as number
    if (becomes === NEXT_TELLS) becomes = becomesByNext(text, from)
    const octets = becomes === ITSELF ? size : becomes === NOTHING ? 0 : 2
    if (octets > room) {
      to[at] = RETURN
      to[at + 1] = LINE_FEED
      to[at + 2] = SPACE
      at += 3
      room = MAX_OCTETS - 1
    }
    if (becomes > NEXT_TELLS) {
      to[at] = BACKSLASH
      to[at + 1] = becomes
    } else for (let n = 0; n < octets; n += 1) to[at + n] = text[from + n] as number
    at += octets
    room -= octets
    from += size
  }
  return at
}

function becomesByNext(text: Uint8Array, from: number): number {
  const [first, second = 0, third = 0] = [text[from], text[from + 1], text[from + 2]]
  // CRLF is one line break.
  if (first === RETURN) return second === LINE_FEED ? NOTHING : LETTER_N
  if (first === 0xc2) return second < 0xa0 ? NOTHING : ITSELF
  return second === 0x80 && (third | 1) === PARAGRAPH_SEPARATOR ? LETTER_N : ITSELF
}
