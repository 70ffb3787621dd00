/**
 * A raid: whoever comes first into a room that is back from Postgres, whose texts and commits are there alone. Everything is sent in one
 * piece (hello, what has to be fetched, and hostile frames), so that hostile frames wait behind what is being fetched. The first
 * wave finds Postgres away.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalDatabase } from '../../../dev/postgres/local-database.ts'
import { Chance } from '../../random.ts'
import { Attacker } from '../attacker.ts'
import { SHOT_KINDS, type Shot, shotOf } from '../input/cases.ts'
import type { Place } from '../place.ts'

const RAIDERS = 4
const WAVES = 4
/** Frames of a wave behind the hello. */
const MOST_BEHIND = 20
/** ms that reads of the room may pause for, once Postgres was away for a wave. */
const PAUSE_MS = 2_500

/** The kind under which a database that was asked behind a raider's back is counted. */
export const FETCHED = 'fetched behind a raid'

export async function raid(place: Place, database: LocalDatabase, chance: Chance): Promise<void> {
  const watched = database.onRequest
  database.onRequest = () => {
    if (!place.isAway) place.tally.answered(FETCHED)
  }
  try {
    const raiders = Array.from(
      { length: RAIDERS },
      (_, i) => new Attacker(`raider-${i}`, place, new Chance(`${chance.uint32()}`)),
    )
    for (let wave = 0; wave < WAVES; wave++) {
      if (wave === 0) {
        place.isAway = true
        await database.goAway()
      }
      await Promise.all(raiders.map((raider) => charge(raider, place)))
      for (const raider of raiders) raider.leave()
      if (wave === 0) {
        await database.comeBack()
        await sleep(PAUSE_MS)
      }
      // The next wave may find out for the room that Postgres is back; those after it know.
      else place.isAway = false
    }
  } finally {
    database.onRequest = watched
  }
}

async function charge(raider: Attacker, place: Place): Promise<void> {
  await raider.connect()
  const { chance, client, model } = raider
  const since =
    chance.chance(0.6) && model.epoch !== '' ? { since: chance.int(raider.base + 1), epoch: model.epoch } : {}
  const hello = shot('raid', { type: 'hello', protocol: 1, client, ...since })
  const opens = [...model.now.files.keys()]
    .filter(() => chance.chance(0.5))
    .map((file) => shot('raid', { type: 'open', file }))
  const behind: Shot[] = []
  for (let i = chance.int(MOST_BEHIND); i > 0; i--) {
    const made = shotOf(chance.pick(SHOT_KINDS), raider)
    if (made !== null && raider.mayFire(made)) behind.push({ ...made, kind: 'raid' })
  }
  if (place.tally.wrong.length === 0) await raider.fire([hello, ...opens, ...behind])
}

function shot(kind: string, message: object): Shot {
  return { kind, text: JSON.stringify(message), isHarmless: false }
}
