/**
 * Cold start: the first clients of a room that just came back from Postgres, which alone has its texts and
 * commits. Each sends everything in one write (hello, requests for what has to be fetched, hostile frames),
 * so that the hostile frames wait behind the fetches. The first wave finds Postgres unavailable.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalDatabase } from '../../../dev/postgres/local-database.ts'
import { Chance } from '../../random.ts'
import { Attacker } from '../attacker.ts'
import { CASE_KINDS, type Case, caseOf } from '../input/cases.ts'
import type { Place } from '../place.ts'

const ATTACKERS = 4
const WAVES = 4
/** Frames of a wave after the hello. */
const MOST_BEHIND = 20
/** ms for which reads of the room may pause after Postgres was unavailable for a wave. */
const PAUSE_MS = 2_500

/** Counts requests to the database during a cold start under this name. */
export const FETCHED = 'fetched during a cold start'

export async function coldStart(place: Place, database: LocalDatabase, chance: Chance): Promise<void> {
  const watched = database.onRequest
  database.onRequest = () => {
    if (!place.isAway) place.tally.answered(FETCHED)
  }
  try {
    const attackers = Array.from(
      { length: ATTACKERS },
      (_, i) => new Attacker(`cold-start-${i}`, place, new Chance(`${chance.uint32()}`)),
    )
    for (let wave = 0; wave < WAVES; wave++) {
      if (wave === 0) {
        place.isAway = true
        await database.goAway()
      }
      await Promise.all(attackers.map((attacker) => charge(attacker, place)))
      for (const attacker of attackers) attacker.leave()
      if (wave === 0) {
        await database.comeBack()
        await sleep(PAUSE_MS)
      }
      // The next wave may be the one to find that Postgres is back; later ones know.
      else place.isAway = false
    }
  } finally {
    database.onRequest = watched
  }
}

async function charge(attacker: Attacker, place: Place): Promise<void> {
  await attacker.connect()
  const { chance, client, model } = attacker
  const since =
    chance.chance(0.6) && model.epoch !== ''
      ? { since: chance.int(attacker.base + 1), epoch: model.epoch }
      : {}
  const hello = testCase('cold start', { type: 'hello', protocol: 1, client, ...since })
  const opens = [...model.now.files.keys()]
    .filter(() => chance.chance(0.5))
    .map((file) => testCase('cold start', { type: 'open', file }))
  const behind: Case[] = []
  for (let i = chance.int(MOST_BEHIND); i > 0; i--) {
    const made = caseOf(chance.pick(CASE_KINDS), attacker)
    if (made !== null && attacker.maySend(made)) behind.push({ ...made, kind: 'cold start' })
  }
  if (place.tally.wrong.length === 0) await attacker.send([hello, ...opens, ...behind])
}

function testCase(kind: string, message: object): Case {
  return { kind, text: JSON.stringify(message), isHarmless: false }
}
