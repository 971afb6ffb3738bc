/** A table of text with a line for each row: columns as wide as their widest cell, those of `right` aligned to the right. */
export function textTable(rows: readonly (readonly string[])[], right: ReadonlySet<number>): string {
  const widths = widthsOf(rows)
  const lineOf = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return rows.map((row) => `${lineOf(row)}\n`).join('')
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(...rows.map((row) => row.length))
  return Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
}

/**
 * A table, the first row of which has the headings, without those of the `dispensable` columns that make it wider than `width`
 * characters: the first of these are left out first.
 */
export function fitted(
  rows: readonly (readonly string[])[],
  width: number,
  dispensable: readonly string[],
): readonly (readonly string[])[] {
  const [heading, ...others] = dispensable
  const widest = widthsOf(rows).reduce((sum, column) => sum + column + 2, -2)
  if (heading === undefined || widest <= width) return rows
  const column = rows[0]?.indexOf(heading) ?? -1
  const left = column < 0 ? rows : rows.map((row) => row.filter((_, index) => index !== column))
  return fitted(left, width, others)
}
