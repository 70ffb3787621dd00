/** What every binding says of a change that its file did not take. */
import type { Edit } from '../client/types.ts'

export const CHANGED_MEANWHILE =
  'The text was changed while it was being put right: that change was taken back.'

/** What edits insert, as one text. */
export function insertedBy(edits: readonly Pick<Edit, 'insert'>[]): string {
  return edits
    .map(({ insert }) => insert)
    .filter((insert) => insert !== '')
    .join('\n')
}
