/** y-partyserver with its defaults: document in memory, no hibernation, nothing stored. */
import { routePartykitRequest } from 'partyserver'
import { YServer } from 'y-partyserver'

interface Env {
  readonly Doc: DurableObjectNamespace<Doc>
}

export class Doc extends YServer {}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return (await routePartykitRequest(request, { ...env })) ?? new Response('not found', { status: 404 })
  },
}
