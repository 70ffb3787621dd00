/** The command line parser of dev/ and bench/: what it accepts, what it refuses, and its help text. */
import { describe, expect, it } from 'vitest'
import { address, flag, helpOf, lineOf, text, UsageError, whole } from '../../dev/cli/command.ts'

const SPEC = {
  name: 'npm run tea',
  about: 'Makes tea.',
  options: {
    cups: whole('N', 'how many cups', 1, { most: 9, env: 'CUPS' }),
    kind: text('KIND', 'which tea', 'green'),
    pot: text('FILE', 'where it is'),
    url: address('of the kitchen'),
    hot: flag('boil it'),
  },
  takes: { name: '<guest>', about: 'who drinks it', least: 1, most: 2 },
} as const

const line = (args: readonly string[], env: Record<string, string> = {}) => lineOf(SPEC, args, env)

describe('a command line', () => {
  it('is read by its table: options in any order, defaults, and positional arguments as given', () => {
    const { values, given } = line(['ann', '--cups', '3', '--hot', '--url=http://127.0.0.1:8787/', 'bob'])
    expect(values).toEqual({ cups: 3, kind: 'green', pot: null, url: 'http://127.0.0.1:8787', hot: true })
    expect(given).toEqual(['ann', 'bob'])
    expect(line(['--', '--ann']).given).toEqual(['--ann'])
    expect(line(['ann', '--kind=-x']).values.kind).toBe('-x')
  })

  it('falls back to environment variables', () => {
    expect(line(['ann'], { CUPS: '4' }).values.cups).toBe(4)
    expect(line(['ann'], { CUPS: '' }).values.cups).toBe(1)
    expect(line(['ann', '--cups', '2'], { CUPS: 'many' }).values.cups).toBe(2)
    expect(() => line(['ann'], { CUPS: 'many' })).toThrow(
      /^CUPS must be a whole number from 1 to 9, not "many"/,
    )
  })

  it.each([
    ['ann --sugar 3', 'There is no option --sugar.'],
    ['ann -c 3', 'There is no option -c.'],
    ['ann --constructor', 'There is no option --constructor.'],
    ['ann --cups', '--cups needs a value: --cups N.'],
    ['ann --cups --hot', '--cups needs a value: --cups N.'],
    ['ann --cups=', '--cups must be a whole number from 1 to 9, not "".'],
    ['ann --cups many', '--cups must be a whole number from 1 to 9, not "many".'],
    ['ann --cups 0', '--cups must be a whole number from 1 to 9, not "0".'],
    ['ann --cups -1', '--cups must be a whole number from 1 to 9, not "-1".'],
    ['ann --cups 1.5', '--cups must be a whole number from 1 to 9, not "1.5".'],
    ['ann --cups 1e1', '--cups must be a whole number from 1 to 9, not "1e1".'],
    ['ann --cups 10', '--cups must be a whole number from 1 to 9, not "10".'],
    ['ann --cups 1 --cups 2', '--cups is given twice.'],
    ['ann --pot=', '--pot must not be empty.'],
    ['ann --hot=yes', '--hot takes no value.'],
    [
      'ann --url localhost:8787',
      '--url must be an address such as http://127.0.0.1:8787, not "localhost:8787".',
    ],
    ['', '<guest> is missing: who drinks it.'],
    ['ann bob eve', '"eve" is one argument too many.'],
  ])('such as "%s" is refused with a message', (args, message) => {
    expect(() => line(args.split(' ').filter(Boolean))).toThrow(new UsageError(message))
  })

  it('explains the double dash if npm has swallowed the options', () => {
    const { takes: _, ...none } = SPEC
    expect(() => lineOf(none, ['9000'], {})).toThrow(
      'Options follow a double dash: npm run tea -- --name value.',
    )
  })

  it('has a help text with every option, its variable and its default', () => {
    expect(helpOf(SPEC)).toBe(
      [
        'usage: npm run tea -- <guest> [options]',
        '',
        'Makes tea.',
        '',
        '  <guest>      who drinks it',
        '  --cups N     how many cups (or CUPS, default 1)',
        '  --kind KIND  which tea (default green)',
        '  --pot FILE   where it is',
        '  --url URL    of the kitchen',
        '  --hot        boil it',
        '  --help       print this',
      ].join('\n'),
    )
    expect(helpOf({ name: 'npm start', about: 'Starts.', options: {} })).toMatch(/^usage: npm start\n/)
  })
})
