/** The tables of settings in docs/operations.md. `npm run docs` writes them. */
import { BINDINGS, NUMBERS, type NumberSetting, TEXTS } from '../../durable-objects/settings/table.ts'
import type { Range } from '../../durable-objects/settings/values.ts'

/** The variables that are numbers. */
export function numbersTable(): string {
  const rows = Object.entries<NumberSetting>(NUMBERS).map(([name, setting]) => {
    const { default: fallback, shown = fallback, unit, range, about } = setting
    return `| \`${name}\` | ${shown} | ${unit} | ${rangeText(range)} | ${about} |`
  })
  return table('| variable | default | unit | values | what it does |', rows)
}

/** The variables that are text. */
export function textsTable(): string {
  const rows = Object.entries(TEXTS).map(([name, { default: fallback, about }]) => {
    return `| \`${name}\` | ${fallback} | ${about} |`
  })
  return table('| variable | default | what it does |', rows)
}

export function bindingsTable(): string {
  const rows = Object.entries(BINDINGS).map(([name, { about }]) => `| \`${name}\` | ${about} |`)
  return table('| binding | what it is for |', rows)
}

function rangeText({ least, most }: Range): string {
  return most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `${least} to ${most}`
}

function table(head: string, rows: readonly string[]): string {
  return [head, head.replace(/[^|]+/g, '---'), ...rows].join('\n')
}
