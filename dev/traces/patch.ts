/** One change of a recorded text: deletes code points at `position`, then inserts text. */
export type Patch = readonly [position: number, deleted: number, inserted: string]

export function isPatch(value: unknown): value is Patch {
  if (!Array.isArray(value)) return false
  const [position, deleted, inserted] = value
  return isCount(position) && isCount(deleted) && typeof inserted === 'string'
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
