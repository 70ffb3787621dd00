/**
 * For `node --import`: applies the mutants that the environment names while their modules are loaded. The
 * files on disk are not changed.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mutantsToRun, mutate, ROOT } from './mutate.ts'

const applied = mutantsToRun().map((mutant) => ({
  mutant,
  url: pathToFileURL(join(ROOT, mutant.source)).href,
}))

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    const own = applied.filter((row) => row.url === url)
    if (own.length === 0) return loaded
    const code = own.reduce((rest, { mutant }) => mutate(rest, mutant), String(loaded.source))
    return { ...loaded, source: code }
  },
})
