/** y-partyserver on workerd: see workers/y-partyserver.ts. */
import { folder, port, ready } from './process.ts'
import { bundled, startWorkerd } from './workerd.ts'

ready(
  await startWorkerd(
    { modules: { 'main.js': bundled('y-partyserver.ts') }, objects: { Doc: 'Doc' }, vars: {} },
    port,
    folder,
  ),
)
