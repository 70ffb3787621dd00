/**
 * Values that have broken programs before: numbers at every boundary, strings that are not what they seem,
 * keys that are more than names.
 */
import type { Chance } from '../../random.ts'
import { Fields, Raw, type Tree } from './json-tree.ts'

const NUMBERS = [
  ...['0', '-0', '1', '-1', '2', '0.5', '-0.5', '1.0', '1e0', '1e300', '-1e300', '1e400', '-1e400', '5e-324'],
  ...['2147483647', '2147483648', '4294967295', '4294967296', '-2147483648', '1e9', '1.7976931348623157e308'],
  ...[
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740991',
    '18446744073709551616',
  ],
  ...[
    '00',
    '01',
    '+1',
    '.5',
    '1.',
    'NaN',
    'Infinity',
    '-Infinity',
    '0x10',
    '1_000',
    '1n',
    '--1',
    '1e',
    'undefined',
  ],
]

/** Strings, by what is wrong with them. Some are valid paths and texts all the same. */
const STRINGS = [
  ...['', ' ', 'null', 'true', '0', '-1', '[]', '{}', '"', '\\', '\\u0000', 'toString', '../../etc/passwd'],
  ...[
    '\u0000',
    'a\u0000b',
    '\r',
    'a\r\nb',
    '\n',
    '\t',
    '\u001b[2J',
    '\u007f',
    '\u0085',
    '\u2028',
    'a\u2029b',
    '\ufeff',
  ],
  ...[
    '\ud800',
    'a\udc00',
    '\udc00\ud800',
    'x\ud83d',
    '😀',
    '👩‍👩‍👧‍👦',
    'e\u0301',
    '\u202eexe.txt',
    '\u200b',
    'a\u200d',
    '\ufe0f',
    '1\ufe0f\u20e3',
    'é\u200c',
    '\u3164',
    '\u00a0',
    '\u{e0061}',
    'a\u0301/\u00e1',
    'd/'.repeat(40),
    `${'d/'.repeat(32)}d`,
    `${'d/'.repeat(31)}d`,
    '漢字',
    'ﷺ',
    'İ',
  ],
  ...[
    '.',
    '..',
    './a',
    'a/../b',
    '/a',
    'a/',
    'a//b',
    'a\\b',
    'C:\\a',
    'con',
    '~',
    '-rf',
    '%2e%2e',
    '%00',
    '*',
    'a?b#c',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'hasOwnProperty',
    'api',
    'hello',
    'commit',
    'ping',
    'pong',
    'type',
  ],
  ...[
    "'; drop table rooms; --",
    '{{7*7}}',
    '<script>alert(1)</script>',
    '%s%n',
    'NaN',
    '1-0',
    '0-0',
    '01-0',
    '1e0-0',
  ],
]

/** Keys that every object inherits, keys of other messages, and unknown keys. */
const KEYS = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'valueOf',
    'toJSON',
    'then',
    'length',
    '',
    '0',
    '\u0000',
  ],
  ...[
    'type',
    'n',
    'base',
    'changes',
    'file',
    'path',
    'text',
    'op',
    'client',
    'user',
    'seq',
    'd',
    'blob',
    'points',
  ],
  ...['role', 'session', 'entries', 'epoch', 'since', 'protocol', 'selections', 'data', '\ud800', '\u2028'],
]

const LONG = [65, 129, 513, 8_193, 40_000]
const DEEP = [3, 50, 2_000, 20_000]

export function hostileNumber(chance: Chance): Raw {
  return new Raw(chance.pick(NUMBERS))
}

export function hostileString(chance: Chance): string {
  const text = chance.pick(STRINGS)
  if (chance.chance(0.06)) return chance.pick(['x', 'é', '😀', '/', '\ud800']).repeat(chance.pick(LONG))
  return chance.chance(0.2) ? text + chance.pick(STRINGS) : text
}

export function hostileKey(chance: Chance): string {
  return chance.pick(KEYS)
}

/** `levels` lists or objects around a value. */
export function nested(value: Tree, levels: number, inObjects: boolean): Tree {
  if (levels < 100) {
    let tree = value
    for (let i = 0; i < levels; i++) tree = inObjects ? new Fields([['a', tree]]) : [tree]
    return tree
  }
  // As text: a tree this deep could not be serialized recursively.
  return inObjects
    ? new Raw(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)
    : new Raw(`${'['.repeat(levels)}1${']'.repeat(levels)}`)
}

/** Any value, in place of the expected one. */
export function hostileValue(chance: Chance): Tree {
  const die = chance.int(20)
  if (die < 8) return hostileNumber(chance)
  if (die < 14) return hostileString(chance)
  if (die < 15) return chance.chance(0.5)
  if (die < 16) return null
  if (die < 17) return []
  if (die < 18) return new Fields([])
  if (die < 19) return new Fields([[hostileKey(chance), chance.chance(0.5) ? hostileNumber(chance) : []]])
  return nested(1, chance.pick(DEEP), chance.chance(0.5))
}
