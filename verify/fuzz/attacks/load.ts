/**
 * The load: attackers who send frame after frame, others who connect again and again, attacks, and HTTP
 * requests, all in one room until the run is done.
 */
import { Chance } from '../../random.ts'
import { Attacker } from '../attacker.ts'
import { CASE_KINDS, type Case, caseOf, firstCase } from '../input/cases.ts'
import { askFor, REQUESTS } from '../input/requests.ts'
import type { Place } from '../place.ts'
import { ATTACKS, perform } from './index.ts'

/** Kinds that take as long as hundreds of others; mostly skipped. */
const COSTLY = [
  'text that is too large',
  'too many changes',
  'much and little',
  'most changes',
  'large text',
  'report that is too large',
]
const COSTLY_ATTACKS = [
  'frame that is too large',
  'frame as large as may be',
  'flood of presence',
  'flood of submissions',
  'flood over fresh connections',
  'silence, with pings',
]

const PERFORMERS = 3
/** Extra rounds after the end, for kinds that were not possible in the room before. */
const MOST_ROUNDS_OVER = 300

/** Ends when `isDone` and everything was done once, or as soon as something is wrong. */
export async function load(
  place: Place,
  attackers: number,
  chance: Chance,
  isDone: () => boolean,
): Promise<void> {
  const fork = () => new Chance(`${chance.uint32()}`)
  const attacks = Object.keys(ATTACKS)
  /** Kinds that were not sent yet, divided among the fighters. */
  const owed = [...CASE_KINDS]
  await Promise.all([
    ...Array.from({ length: attackers }, (_, i) =>
      fighter(new Attacker(`f${i}`, place, fork()), owed, isDone, () => place.tally.wrong.length > 0),
    ),
    newcomer(new Attacker('newcomer', place, fork()), isDone),
    ...Array.from({ length: PERFORMERS }, (_, which) =>
      performer(
        place,
        attacks.filter((_, i) => i % PERFORMERS === which),
        fork(),
        isDone,
      ),
    ),
    asker(place, fork(), isDone),
  ])
}

/**
 * Stays in the room and sends, first kinds that were not sent yet, then random ones; reconnects when closed.
 */
async function fighter(
  attacker: Attacker,
  owed: string[],
  isDone: () => boolean,
  isLost: () => boolean,
): Promise<void> {
  const { chance } = attacker
  for (let over = 0; !isDone() || (owed.length > 0 && !isLost() && over < MOST_ROUNDS_OVER); ) {
    if (isDone()) over++
    if (!attacker.isIn) await attacker.join(chance.chance(0.2))
    const cases: Case[] = []
    for (let i = chance.chance(0.15) ? 2 + chance.int(12) : 1; i > 0; i--) {
      const first = owed.shift()
      const kind = first ?? chance.pick(CASE_KINDS)
      if (first === undefined && COSTLY.includes(kind) && chance.chance(0.9)) continue
      const testCase = caseOf(kind, attacker)
      if (testCase !== null && attacker.maySend(testCase)) cases.push(testCase)
      else if (first !== undefined) owed.push(first)
    }
    await attacker.send(cases)
  }
  attacker.leave()
}

/** Connects again each time, with a first frame that may be anything. */
async function newcomer(attacker: Attacker, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    await attacker.connect()
    await attacker.send([firstCase(attacker)])
    if (attacker.isIn && attacker.chance.chance(0.5)) attacker.newName()
  }
  attacker.leave()
}

/** Runs its share of the attacks once, then random ones. */
async function performer(
  place: Place,
  share: string[],
  chance: Chance,
  isDone: () => boolean,
): Promise<void> {
  const all = Object.keys(ATTACKS)
  while (!isDone() || (share.length > 0 && place.tally.wrong.length === 0)) {
    const first = share.shift()
    const name = first ?? chance.pick(all)
    if (first === undefined && COSTLY_ATTACKS.includes(name) && chance.chance(0.95)) continue
    note(place, await perform(name, place, chance))
  }
}

async function asker(place: Place, chance: Chance, isDone: () => boolean): Promise<void> {
  const all = Object.keys(REQUESTS)
  const first = [...all]
  while (!isDone() || (first.length > 0 && place.tally.wrong.length === 0))
    note(place, await askFor(first.shift() ?? chance.pick(all), place, chance))
}

function note(place: Place, wrong: string | null): void {
  if (wrong !== null) place.tally.wrong.push(`in ${place.room}: ${wrong}`)
}
