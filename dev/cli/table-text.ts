/** Formats a query result as a table for a terminal, one line per row. Pure. */

/** OIDs of numeric types, whose columns are aligned right: integers, floats, numeric. */
const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700])

/** Cells are cut after this many characters, so that a file's text does not flood the terminal. */
const MAX_CELL = 60

export interface TableField {
  readonly name: string
  /** The OID of the column's type. */
  readonly dataTypeID: number
}

/** The table, followed by the number of rows. Nulls are empty cells. */
export function tableText(
  fields: readonly TableField[],
  rows: readonly (readonly (string | null)[])[],
): string {
  const cells = rows.map((row) => row.map((value) => cellText(value ?? '')))
  const widths = fields.map((field, at) =>
    Math.max(field.name.length, ...cells.map((row) => row[at]?.length ?? 0)),
  )
  const line = (row: readonly string[], isHead: boolean) =>
    row
      .map((cell, at) => {
        const isNumber = !isHead && NUMBERS.has(fields[at]?.dataTypeID ?? 0)
        return isNumber ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
      })
      .join(' | ')
      .trimEnd()
  return [
    line(
      fields.map((field) => field.name),
      true,
    ),
    widths.map((width) => '-'.repeat(width)).join('-+-'),
    ...cells.map((row) => line(row, false)),
    rows.length === 1 ? '(1 row)' : `(${rows.length} rows)`,
  ].join('\n')
}

/** The value on one line, without control characters. */
function cellText(value: string): string {
  const head = value.slice(0, MAX_CELL + 1)
  const cut = head.length > MAX_CELL ? `${head.slice(0, MAX_CELL - 1)}…` : head
  return cut.replace(/\r?\n/g, '↵').replace(/\p{Cc}/gu, '·')
}
