/**
 * What is attached to a socket, and so survives hibernation, within the platform's 16 KB. Sockets that were
 * opened under older code have it as that code wrote it: fields are only added.
 */
import type { Principal } from '../../auth/principal.ts'
import type { CountedAs } from '../../core/limits/accounts.ts'
import type { Sighting } from '../../core/model/presence.ts'

export interface Attachment {
  readonly session: string
  /**
   * Whom the Worker authenticated, as of the newest token of the same user. The name is stored: do not
   * rename.
   */
  person: Principal
  readonly countedAs: CountedAs
  /** Whether they connected as a stranger: see `core/limits/connection-limits.ts`. */
  readonly isStranger: boolean
  /** Set by hello. */
  client: string | null
  /** Set by hello: whether a frame to this client may have several messages. */
  lines?: boolean
  /** The last presence, as JSON: the platform's own serialization may take three times as much. */
  sighting: string | null
  /** Whether the session has ended for the others; its socket may linger. */
  left: boolean
  /** Desync reports received over this socket. */
  reports: number
  /** When something was last heard, as far as it was stored, Unix ms. */
  heard: number
}

/** Most bytes of a sighting. */
const SIGHTING_BYTES = 12 * 1024

/**
 * A sighting as it is attached: without its free data if that does not fit, and without selections if those
 * do not fit either. Null if not even that fits.
 */
export function sightingText(sighting: Sighting): string | null {
  const { seq, file, selections } = sighting
  for (const attempt of [sighting, { seq, file, selections }, { seq, file, selections: [] }]) {
    const text = JSON.stringify(attempt)
    if (fits(text)) return text
  }
  return null
}

/** The platform stores a string in one byte per unit, or in two if any character is beyond Latin-1. */
function fits(text: string): boolean {
  const isLatin = !/[^\0-\xff]/.test(text)
  return text.length * (isLatin ? 1 : 2) <= SIGHTING_BYTES
}
