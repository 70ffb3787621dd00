/** The bare Durable Objects on workerd: see workers/relay.ts. */
import { folder, port, ready } from './process.ts'
import { bundled, startWorkerd } from './workerd.ts'

ready(
  await startWorkerd(
    { modules: { 'main.js': bundled('relay.ts') }, objects: { RELAY: 'Relay' }, vars: {} },
    port,
    folder,
  ),
)
