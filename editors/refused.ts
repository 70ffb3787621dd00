/** Messages of the bindings for changes that a file did not accept. */
import type { Edit } from '../client/types.ts'

export const CHANGED_MEANWHILE = 'The text was changed while it was being reset: that change was undone.'

/** All text that edits insert. */
export function insertedBy(edits: readonly Pick<Edit, 'insert'>[]): string {
  return edits
    .map(({ insert }) => insert)
    .filter((insert) => insert !== '')
    .join('\n')
}
