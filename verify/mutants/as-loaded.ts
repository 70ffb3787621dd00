/** For `node --import`: leaves the protections out that the environment names, as their modules are loaded. The files stay as they are. */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mutantsToRun, ROOT, takeOut } from './take-out.ts'

const missing = mutantsToRun().map((protection) => ({
  protection,
  url: pathToFileURL(join(ROOT, protection.source)).href,
}))

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    const own = missing.filter((row) => row.url === url)
    if (own.length === 0) return loaded
    const code = own.reduce((rest, { protection }) => takeOut(rest, protection), String(loaded.source))
    return { ...loaded, source: code }
  },
})
