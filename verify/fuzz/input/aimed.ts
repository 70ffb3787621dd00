/**
 * Messages that target one rule of the protocol each: the limit itself, just beyond it, and what only looks
 * valid.
 */
import type { Chance } from '../../random.ts'
import { LIMITS } from '../settings.ts'
import { Raw, treeOf, write } from './json-tree.ts'
import type { Hand } from './messages.ts'
import * as good from './messages.ts'
import { hostileKey, hostileNumber, hostileString, hostileValue, nested } from './values.ts'

export type Make = (hand: Hand) => object

/** More than a room under test may have. */
const TOO_MANY_FILES = LIMITS.files + 1
const BAD_PATHS = [
  '',
  '/',
  '.',
  '..',
  '/abs',
  'a/',
  'a//b',
  'a/./b',
  'a/../b',
  '../a',
  'a\\b',
  'a\u0000',
  'a\n',
  '\u007f',
  '\u009f',
  '\ud800',
]

/** Messages by the rule that they target. */
export const AIMED: Readonly<Record<string, Make>> = {
  'old base': (hand) => {
    const base = Math.max(0, hand.base - hand.chance.int(200))
    return good.submit(hand, [good.edit(hand, base)], base)
  },
  'base 0': (hand) => good.submit(hand, [good.edit(hand, 0)], 0),
  'base of the future': (hand) =>
    good.submit(hand, [good.edit(hand)], hand.base + 1_000 + hand.chance.int(1e6)),
  'n used before': (hand) => ({ ...good.submit(hand, [good.edit(hand)]), n: 1 }),
  'path that is none': (hand) => {
    const path = hand.chance.pick([...BAD_PATHS, 'x'.repeat(513), 'é'.repeat(257), 'a/'.repeat(300)])
    return good.submit(hand, [
      hand.chance.chance(0.5) ? { ...good.create(hand), path } : { ...good.rename(hand), path },
    ] as never)
  },
  'path of another': (hand) => {
    const taken = hand.chance.pick([...hand.model.now.files.values()]).path
    const path = hand.chance.pick([taken, `${taken}/below`, taken.split('/')[0] ?? taken])
    return good.submit(hand, [{ type: 'create', file: good.freshId(hand), path, text: '' }])
  },
  'id of another': (hand) => {
    const { file } = hand.chance.pick([...hand.model.now.files.values()])
    return good.submit(hand, [{ type: 'create', file, path: good.freshPath(hand), text: '' }])
  },
  'file that is not there': (hand) =>
    good.submit(hand, [
      hand.chance.pick([
        { type: 'edit', file: 'gone', op: [] },
        { type: 'rename', file: 'gone', path: 'x' },
        { type: 'remove', file: 'gone' },
      ] as const),
    ]),
  'removal with a text of its own': (hand) =>
    good.submit(hand, [{ ...good.remove(hand), path: 'a lie', was: 'a lie' } as never]),
  'files of too many commits': (hand) => {
    const file = good.anyFile(hand)
    return good.submit(
      hand,
      Array.from({ length: 5 }, (_, i) => ({ type: 'revive', file, seq: i }) as const),
    )
  },
  'seq that is none': (hand) => {
    const seq = hand.chance.pick<unknown>([-1, 1.5, '1', null, new Raw('1e300'), 2 ** 53, [1], undefined])
    return good.submit(hand, [{ type: 'revive', file: good.anyFile(hand), seq } as never])
  },
  'op that does not fit': (hand) => {
    const far = hand.chance.pick([1e5, 1e9, 2 ** 31, 2 ** 32, 2 ** 53 - 10])
    const op = hand.chance.pick<(number | string | { d: number })[]>([
      [far, 'x'],
      [{ d: far }],
      [1, { d: far }],
      [far, { d: 3 }, 'y'],
    ])
    return good.submit(hand, [{ type: 'edit', file: good.anyFile(hand), op }])
  },
  'op that is none': (hand) => {
    const number = hostileNumber(hand.chance)
    const op = hand.chance.pick<unknown>([
      [new Raw('1e300'), 'x'],
      [number, 'x'],
      [{ d: number }],
      ['a', 'b'],
      [1, 2, 'x'],
      [1],
      [{ d: 1 }, { d: 1 }],
      [{ d: 1, i: 'x' }],
      [{ d: '1' }],
      [''],
      [null],
      [[]],
      { length: 1, 0: 'x' },
      'x',
      [2 ** 53 - 1, 'x', 1, 'y'],
    ])
    return good.submit(hand, [{ type: 'edit', file: anything(hand), op }] as never)
  },
  'text that is none': (hand) => {
    const text = hand.chance.pick(['\u0000', 'a\rb', '\r\n', '\ud800', 'x\udc00y'])
    const file = anything(hand)
    return good.submit(hand, [
      hand.chance.chance(0.5)
        ? { type: 'edit', file, op: [text] }
        : { type: 'create', file: good.freshId(hand), path: good.freshPath(hand), text },
    ])
  },
  'text that is too large': (hand) => {
    const text = hand.chance.pick(['x', 'é', '😀']).repeat(101_000)
    if (hand.chance.chance(0.5))
      return good.submit(hand, [{ type: 'edit', file: good.anyFile(hand), op: [text] }])
    return good.submit(hand, [{ ...good.create(hand), text }] as never)
  },
  'large text': (hand) => good.submit(hand, [good.large(hand)]),
  'too many changes': (hand) =>
    good.submit(
      hand,
      Array.from({ length: 1_001 }, () => ({ type: 'edit', file: 'gone', op: [] }) as const),
    ),
  'too many files': (hand) =>
    good.submit(
      hand,
      Array.from({ length: TOO_MANY_FILES }, () => good.create(hand)),
    ),
  'report that is too large': (hand) => ({ ...good.desync(hand), text: 'x'.repeat(260 * 1024) }),
  'report that is nested too deeply': (hand) => ({
    ...good.desync(hand),
    [hand.chance.pick(['ops', 'text', 'before'])]: nested(1, 20_000, hand.chance.chance(0.5)),
  }),
  'nested as deep as may be': (hand) => ({
    ...good.presence(hand),
    data: { deep: nested(1, 30, hand.chance.chance(0.5)) },
  }),
  'nested a little deeper': (hand) => ({
    ...good.presence(hand),
    data: { deep: nested(1, hand.chance.pick([31, 32, 60, 3_000]), hand.chance.chance(0.5)) },
  }),
  'more lists than any message has': (hand) => ({
    ...hand.chance.pick<object>([good.presence(hand), good.submit(hand, [good.edit(hand)])]),
    x: new Raw(`[${hand.chance.pick(['[]', '{}', '{"a":1}', '{"d":1,"e":1}']).concat(',').repeat(60_000)}1]`),
  }),
  'long message that is no submission': (hand) => ({
    type: hand.chance.pick(['open', 'blob', 'auth', 'dance', 'desync']),
    x: 'y'.repeat(hand.chance.pick([65_000, 66_000, 1_050_000])),
  }),
  'several messages at once': (hand) => {
    const said = Array.from(
      { length: 2 + hand.chance.int(900) },
      () => ({ type: 'chat', text: '!' }) as const,
    )
    return good.submit(hand, hand.chance.chance(0.5) ? said : [good.edit(hand), ...said.slice(0, 2)])
  },
  'much and little': (hand) => good.submit(hand, good.muchAndLittle(hand)),
  'most changes': (hand) => {
    const file = good.anyFile(hand)
    return good.submit(
      hand,
      Array.from({ length: 1_000 }, () => ({ type: 'edit', file, op: ['.'] }) as const),
    )
  },
  'second hello': good.hello,
  'presence that is too large': (hand) => ({ ...good.presence(hand), data: { x: 'y'.repeat(8_200) } }),
  'presence as large as may be': (hand) => {
    const data = fullData(hand.chance)
    return { type: 'presence', seq: hand.base, file: null, selections: [], data: new Raw(data) }
  },
  'too many selections': (hand) => ({
    ...good.presence(hand),
    selections: Array.from({ length: 101 }, () => [0, 0]),
  }),
  'selections anywhere': (hand) => {
    const most = () => hand.chance.pick([0, 1, 2 ** 31, 2 ** 53 - 1, hand.chance.int(1e6)])
    return {
      ...good.presence(hand),
      selections: Array.from({ length: hand.chance.int(100) }, () => [most(), most()]),
    }
  },
  'type of another': (hand) => ({
    ...good.presence(hand),
    type: hand.chance.pick(['commit', 'welcome', '__proto__', '', 'SUBMIT', 'submit ']),
  }),
  'id that is none': (hand) =>
    hand.chance.pick<object>([
      { type: 'open', file: hostileString(hand.chance) },
      { type: 'blob', blob: hostileString(hand.chance) },
      { type: 'blob', blob: almostBlob(hand) },
    ]),
  'hostile key': (hand) =>
    good.submit(hand, [
      { ...good.edit(hand), [hostileKey(hand.chance)]: hostileValue(hand.chance) },
    ] as never),
}

/** Any file, including those of healthy people: for changes that cannot be accepted. */
function anything({ chance, model }: Hand): string {
  const all = [...model.now.files.keys()]
  return all.length === 0 ? 'gone' : chance.pick(all)
}

/** Data that fills a presence message with values that take the most memory outside of JSON. */
function fullData(chance: Chance): string {
  const one = chance.pick(['-0', '1.5', '9e9', '[]', '{}', '"漢"', 'null'])
  if (chance.chance(0.2)) return write(treeOf({ deep: nested(1, 2_000, chance.chance(0.5)) }))
  if (chance.chance(0.2))
    return JSON.stringify({ text: chance.pick(['漢', 'x', '\u2028', '😀']).repeat(4_000) })
  return `{"list":[${Array.from({ length: Math.floor(8_000 / (one.length + 1)) }, () => one).join(',')}]}`
}

/** An id that a number parser would take for that of an existing blob. */
function almostBlob({ chance, model }: Hand): string {
  const [seq = '1', number = '0'] = (chance.pick(['1-0', ...model.blobs]) ?? '').split('-')
  const hex = `0x${Number(seq).toString(16)}`
  return chance.pick([
    ...[
      `0${seq}-${number}`,
      `${seq}-0${number}`,
      `${hex}-${number}`,
      `${seq}e0-${number}`,
      `${seq}.0-${number}`,
    ],
    ...[
      `${seq}-${number}-0`,
      `${seq}-`,
      `${seq}_${number}`,
      '9007199254740993-0',
      `${seq}-${number}.`,
      `${seq}-1e400`,
    ],
  ])
}
