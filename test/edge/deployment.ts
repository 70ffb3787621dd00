/** The Worker with different variables: a separate deployment, over the same objects. */
import { env } from 'cloudflare:workers'
import { SUBPROTOCOL } from '../../core/protocol/messages.ts'
import type { TokenVars } from '../../durable-objects/settings/token-rules.ts'
import type { Env } from '../../workers/env.ts'
import type { RateBindings } from '../../workers/http/rates.ts'
import worker from '../../workers/index.ts'
import { secretOf } from '../support/secrets.ts'
import type { Closed } from './raw-client.ts'

export const SECRET = 'a secret of the tests, of 32 characters and more'

type Settings = 'ALLOWED_ORIGINS' | 'MAX_FILES' | 'FLUSH_SHARDS' | 'CONNECTS_PER_MINUTE' | 'ROOMS_PER_MINUTE'
type More =
  | 'INVITATIONS_PER_MINUTE'
  | 'ADDRESS_USERS'
  | 'FLUSH_RETRY_MS'
  | 'FLUSH_RETRY_MAX_MS'
  | 'DATABASE_URL'
  | 'NEON_ENDPOINT'
type Vars = TokenVars & RateBindings & Pick<Env, Settings | More> & { readonly GRACE_SM?: string }

export class Deployment {
  readonly #env: Env
  readonly #own: string

  /** @param own the origin at which it is reached */
  constructor(vars: Vars, own = 'https://rooms.example') {
    const { ROOM, FLUSH_BUDGET } = env
    this.#env = { ROOM, FLUSH_BUDGET, ...vars }
    this.#own = own
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    return worker.fetch(new Request(`${this.#own}${path}`, init), this.#env)
  }

  /** Opens a socket, not accepted yet. */
  connect(room: string, headers: Record<string, string> = {}, token = secretOf('a-test')): Promise<Response> {
    const offer = { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `${SUBPROTOCOL}, ${token}` }
    return this.request(`/api/rooms/${room}/connect`, { headers: { ...offer, ...headers } })
  }

  /** The close event of a refused socket. */
  async refusal(room: string, headers: Record<string, string> = {}): Promise<Closed> {
    const { webSocket } = await this.connect(room, headers)
    if (webSocket === null) throw new Error('no socket was opened')
    const closed = new Promise<Closed>((resolve) => {
      webSocket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
      webSocket.addEventListener('message', ({ data }) =>
        resolve({ code: 0, reason: `not refused: ${String(data)}` }),
      )
    })
    webSocket.accept()
    webSocket.send(JSON.stringify({ type: 'hello', protocol: 1, client: 'client-of-a-test' }))
    return closed
  }
}

declare global {
  namespace Cloudflare {
    interface Env {
      readonly FLUSH_BUDGET: DurableObjectNamespace<
        import('../../durable-objects/flush/budget-object.ts').FlushBudgetObject
      >
    }
  }
}
