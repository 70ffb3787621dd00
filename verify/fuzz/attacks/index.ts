/**
 * Attacks that a text frame cannot express. Each is a whole session, and lists the ways in which it may end.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from '../../random.ts'
import type { Place } from '../place.ts'
import { FRAME_ATTACKS } from './frames.ts'
import { HTTP_ATTACKS } from './http.ts'
import { PEOPLE_ATTACKS } from './people.ts'
import type { Attacks } from './session.ts'

/** Time limit for an attack, in ms. */
const MOST_MS = 20_000

export const ATTACKS: Attacks = { ...FRAME_ATTACKS, ...PEOPLE_ATTACKS, ...HTTP_ATTACKS }

/** Runs one attack and returns what is wrong with how it ended, or null. */
export async function perform(name: string, place: Place, chance: Chance): Promise<string | null> {
  const attack = ATTACKS[name]
  if (attack === undefined) throw new Error(`there is no attack ${name}`)
  place.tally.sent(name)
  const given = new AbortController()
  const late = sleep(MOST_MS, `nothing within ${MOST_MS} ms`, { signal: given.signal })
  late.catch(() => {})
  const end = await Promise.race([attack.run(place, chance), late]).finally(() => given.abort())
  place.tally.answered(end)
  return attack.ends.includes(end) ? null : `${name} ended with ${end}, not with ${attack.ends.join(' or ')}`
}
