/**
 * The frames of an attacker: valid ones, mutated ones, garbage, and those that target one rule each. A case
 * carries its kind, so that a run can check that each kind was sent.
 */

import { asSent } from '../oracle/well-formed.ts'
import { AIMED, type Make } from './aimed.ts'
import { treeOf, write } from './json-tree.ts'
import type { Hand } from './messages.ts'
import * as good from './messages.ts'
import { damaged, garbage, mutated } from './mutate.ts'

export interface Case {
  readonly kind: string
  readonly text: string
  /** It may be sent to a file of healthy people. */
  readonly isHarmless: boolean
}

const GOOD: Readonly<Record<string, Make>> = {
  edit: (hand) => good.submit(hand, [good.edit(hand)]),
  structural: (hand) => good.submit(hand, [good.structural(hand)]),
  create: (hand) => good.submit(hand, [good.create(hand)]),
  rename: (hand) => good.submit(hand, [good.rename(hand)]),
  remove: (hand) => good.submit(hand, [good.remove(hand)]),
  revive: (hand) => good.submit(hand, [good.revive(hand)]),
  several: (hand) => good.submit(hand, good.several(hand)),
  people: (hand) => good.submit(hand, [good.people(hand)]),
  'people and text': (hand) => good.submit(hand, [good.edit(hand), good.people(hand)]),
  auth: good.auth,
  presence: good.presence,
  open: (hand) => ({ type: 'open', file: good.anyFile(hand) }),
  blob: good.blob,
  desync: good.desync,
}

/** Kinds that may be sent to files of healthy people, since they do no harm there. */
const HARMLESS = 'edit among healthy'

/** Every kind of text frame that is sent to a room after hello. */
export const CASE_KINDS: readonly string[] = [
  ...Object.keys(GOOD),
  ...Object.keys(GOOD).map((kind) => `${kind}, mutated`),
  ...Object.keys(AIMED),
  HARMLESS,
  'damaged',
  'garbage',
  'ping',
]

/** A case of a kind; null if the room does not allow one at the moment. */
export function caseOf(kind: string, hand: Hand): Case | null {
  const testCase = (value: unknown): Case => ({
    kind,
    text: asSent(write(treeOf(value))),
    isHarmless: false,
  })
  const raw = (text: string): Case => ({ kind, text: asSent(text), isHarmless: false })
  if (kind === 'ping') return raw('ping')
  if (kind === 'garbage') return raw(garbage(hand.chance))
  if (kind === 'damaged') {
    const make = hand.chance.pick(Object.values(GOOD))
    return raw(damaged(JSON.stringify(make(hand)), hand.chance))
  }
  if (kind === HARMLESS) {
    const change = good.amongHealthy(hand)
    return change === null ? null : { ...testCase(good.submit(hand, [change])), isHarmless: true }
  }
  const [name = '', isMutated] = kind.split(', ')
  const make = GOOD[name] ?? AIMED[name]
  if (make === undefined) throw new Error(`there is no kind of case ${kind}`)
  return isMutated === undefined ? testCase(make(hand)) : raw(mutated(make(hand), hand.chance))
}

/** First frames: a valid hello, an invalid one, and other messages. */
export function firstCase(hand: Hand): Case {
  const { chance } = hand
  const die = chance.int(10)
  const raw = (kind: string, text: string): Case => ({ kind, text: asSent(text), isHarmless: false })
  if (die < 3) return raw('hello', JSON.stringify(good.hello(hand)))
  if (die < 7) return raw('hello, mutated', mutated(good.hello(hand), chance))
  if (die < 8)
    return raw(
      'hello of another version',
      JSON.stringify({ ...good.hello(hand), protocol: chance.pick([0, 2, 3, 2 ** 31]) }),
    )
  if (die < 9) return raw('no hello', write(treeOf(chance.pick(Object.values({ ...GOOD, ...AIMED }))(hand))))
  return raw('no hello, garbage', garbage(chance))
}

export const FIRST_KINDS = [
  'hello',
  'hello, mutated',
  'hello of another version',
  'no hello',
  'no hello, garbage',
] as const
