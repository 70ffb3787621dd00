/**
 * What stands between the world and the routes. A deployment that is not configured serves nobody; a page that is not allowed is
 * refused; who is allowed gets the headers that a browser asks for. A request without an Origin header is not from a page
 * and passes: nothing here acts on cookies or any other credential that a browser adds by itself, so there is nobody's to borrow. Who
 * comes is not asked here.
 */
import type { Context } from 'hono'
import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import type { Person } from '../../auth/principal.ts'
import { CLOSE, type CloseReason } from '../../core/protocol/codes.ts'
import { SUBPROTOCOL } from '../../core/protocol/messages.ts'
import { refuse } from '../../durable-objects/sessions/handshake.ts'
import type { Env } from '../env.ts'
import { type Deployment, deploymentOf, NotConfigured } from './deployment.ts'
import { ApiError } from './errors.ts'
import { answersAt, mayCall } from './origins.ts'

export interface Doors {
  Bindings: Env
  Variables: {
    deployment: Deployment
    /** Who calls, on the routes that are a room's owner's alone. */
    owner: Person
  }
}

/** Seconds for which a browser may keep the answer to a preflight. */
const PREFLIGHT_S = 600

const NOT_CONFIGURED = 'this deployment is not configured; its /healthz says what is missing'
const NOT_ALLOWED = 'pages of this origin may not call; see ALLOWED_ORIGINS'

/** Lets through whom the deployment serves. */
export const doors = createMiddleware<Doors>(async (c, next) => {
  const deployment = deploymentOf(c.env)
  if (deployment instanceof NotConfigured) {
    const error = new ApiError(503, 'not_configured', deployment.message)
    return refusal(c, { ...CLOSE.tryAgain, reason: NOT_CONFIGURED }, error)
  }
  const { origins } = deployment
  const own = new URL(c.req.url).origin
  const forbidden = { ...CLOSE.forbidden, reason: NOT_ALLOWED }
  if (!answersAt(origins, own)) {
    const text =
      'This server runs locally and answers at localhost. For another name, add its origin to ALLOWED_ORIGINS.'
    return refusal(c, forbidden, new ApiError(403, 'host_not_allowed', text))
  }
  const origin = c.req.header('Origin')
  if (origin !== undefined && !mayCall(origins, origin, own)) {
    const text =
      'Pages of this origin may not call this deployment. Its ALLOWED_ORIGINS would have to name it.'
    return refusal(c, forbidden, new ApiError(403, 'origin_not_allowed', text))
  }
  c.set('deployment', deployment)
  await next()
})

/** What a browser is told about who may read an answer. Only who passed the doors comes here. */
const sharing = cors({
  origin: (origin, c: Context<Doors>) => {
    const deployment = deploymentOf(c.env)
    return !(deployment instanceof NotConfigured) && deployment.origins.isOpen ? '*' : origin
  },
  allowMethods: ['GET', 'HEAD', 'POST', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type', 'If-None-Match'],
  exposeHeaders: ['ETag', 'Retry-After'],
  maxAge: PREFLIGHT_S,
})

/** What a browser may do with an answer: nothing but read it. Pages bring headers of their own (web/public/_headers). */
const hardening = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  // Whether a whole domain is https is for its owner to say.
  strictTransportSecurity: false,
  overwrite: false,
})

export const share = createMiddleware<Doors>((c, next) => (isUpgrade(c) ? next() : sharing(c, next)))
export const harden = createMiddleware<Doors>((c, next) => (isUpgrade(c) ? next() : hardening(c, next)))

export function isUpgrade(c: Context): boolean {
  return c.req.header('Upgrade')?.toLowerCase() === 'websocket'
}

/** The subprotocol and the token that a client offers. */
export function offered(c: Context): { readonly protocol: string; readonly token: string | null } {
  const [protocol = '', token = null] = (c.req.header('Sec-WebSocket-Protocol') ?? '')
    .split(',')
    .map((part) => part.trim())
  return { protocol, token }
}

/** A client of ours learns why from a close code, everybody else from the answer. */
function refusal(c: Context, close: CloseReason, error: ApiError): Response {
  if (isUpgrade(c) && offered(c).protocol === SUBPROTOCOL) return refuse(close)
  throw error
}
