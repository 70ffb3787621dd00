/** What cannot be said in a text frame. Each stunt is a whole visit, and says by which answers it may end. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from '../../random.ts'
import type { Place } from '../place.ts'
import { FRAME_STUNTS } from './frames.ts'
import { DOOR_STUNTS } from './http.ts'
import { PEOPLE_STUNTS } from './people.ts'
import type { Stunts } from './session.ts'

/** ms for a stunt. */
const MOST_MS = 20_000

export const STUNTS: Stunts = { ...FRAME_STUNTS, ...PEOPLE_STUNTS, ...DOOR_STUNTS }

/** Does one and says what is wrong with how it ended, or null. */
export async function perform(name: string, place: Place, chance: Chance): Promise<string | null> {
  const stunt = STUNTS[name]
  if (stunt === undefined) throw new Error(`there is no stunt ${name}`)
  place.tally.fired(name)
  const given = new AbortController()
  const late = sleep(MOST_MS, `nothing within ${MOST_MS} ms`, { signal: given.signal })
  late.catch(() => {})
  const end = await Promise.race([stunt.visit(place, chance), late]).finally(() => given.abort())
  place.tally.answered(end)
  return stunt.ends.includes(end) ? null : `${name} ended with ${end}, not with ${stunt.ends.join(' or ')}`
}
