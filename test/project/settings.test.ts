/** A setting's default stands in one place, and what else has to agree with it does. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NUMBERS, type NumberSetting, TEXTS, type TextSetting } from '../../durable-objects/settings/table.ts'

const CONFIG = readFileSync(join(import.meta.dirname, '../../wrangler.toml'), 'utf8')

describe('wrangler.toml', () => {
  it('has only variables that differ from their defaults', () => {
    const table = /^\[vars\]\n([^[]*)/m.exec(CONFIG)?.[1]
    expect(table).toBeDefined()
    const defaults = new Map([
      ...Object.entries<NumberSetting>(NUMBERS).map(
        ([name, { default: value }]) => [name, `${value}`] as const,
      ),
      ...Object.entries<TextSetting>(TEXTS).map(([name, { default: value }]) => [name, value] as const),
    ])
    for (const [, name = '', value = ''] of (table ?? '').matchAll(/^(\w+) *= *"?(.*?)"?$/gm)) {
      expect([...defaults.keys()]).toContain(name)
      expect([name, value]).not.toEqual([name, ''])
      expect([name, value]).not.toEqual([name, defaults.get(name)?.replaceAll('`', '')])
    }
  })

  it.each([
    ['CONNECTS', 'CONNECTS_PER_MINUTE'],
    ['ROOMS', 'ROOMS_PER_MINUTE'],
    ['INVITATIONS', 'INVITATIONS_PER_MINUTE'],
  ] as const)('has the same limits for %s_BY_USER and _BY_ADDRESS as %s', (binding, setting) => {
    const limitOf = (name: string) =>
      Number(
        new RegExp(`name = "${name}"\nnamespace_id = "\\d+"\nsimple = { limit = (\\d+), period = 60 }`).exec(
          CONFIG,
        )?.[1],
      )
    const perMinute = NUMBERS[setting].default
    expect(limitOf(`${binding}_BY_USER`)).toBe(perMinute)
    expect(limitOf(`${binding}_BY_ADDRESS`)).toBe(NUMBERS.ADDRESS_USERS.default * perMinute)
  })
})

describe('a default', () => {
  it.each(Object.entries<NumberSetting>(NUMBERS))(
    'of %s is one of its values, or something else than a number',
    (_, { default: value, range, shown }) => {
      if (value === null) return expect(shown).toBeTypeOf('string')
      expect(value).toBeGreaterThanOrEqual(range.least)
      if (Number.isFinite(value)) expect(value).toBeLessThanOrEqual(range.most)
    },
  )
})
