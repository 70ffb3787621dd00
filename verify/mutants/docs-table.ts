/** The table of mutants in docs/reliability.md. `npm run docs` writes it. */
import type { Mutant } from './mutant.ts'

export function docsTable(mutants: readonly Mutant[]): string {
  const rows = mutants.map(({ name, rules, source, test }) => {
    return `| ${rules.map(shown).join(', ')} | ${name} | \`${source}\` | ${test.title} |`
  })
  return ['| rule | safeguard removed | in | the test that fails |', '|---|---|---|---|', ...rows].join('\n')
}

/** A rule by its id, a section as a link. */
function shown(rule: string): string {
  const [page = '', section] = rule.split('#')
  return section === undefined
    ? rule
    : `[${page.replace('.md', '')}: ${section.replaceAll('-', ' ')}](${rule})`
}
