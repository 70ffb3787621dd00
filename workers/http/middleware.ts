/**
 * Middleware in front of the routes. A deployment that is not configured serves nobody; a page of an origin
 * that is not allowed is refused; the others get the headers that browsers expect. A request without an
 * Origin header does not come from a page, and passes: nothing here acts on cookies or other credentials
 * that a browser adds by itself, so there are none to abuse. Callers are not authenticated here.
 */
import type { Context } from 'hono'
import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import type { Principal } from '../../auth/principal.ts'
import { CLOSE, type CloseReason } from '../../core/protocol/codes.ts'
import { SUBPROTOCOL } from '../../core/protocol/messages.ts'
import { refuse } from '../../durable-objects/sessions/handshake.ts'
import type { Env } from '../env.ts'
import { type Deployment, deploymentOf, NotConfigured } from './deployment.ts'
import { ApiError } from './errors.ts'
import { answersAt, mayCall } from './origins.ts'

export interface HonoEnv {
  Bindings: Env
  Variables: {
    deployment: Deployment
    /** The caller, on the routes that only a room's owner may use. */
    owner: Principal
  }
}

/** Seconds for which a browser may cache a preflight response. */
const PREFLIGHT_S = 600

const NOT_CONFIGURED = 'this deployment is not configured; its /healthz says what is missing'
const NOT_ALLOWED = 'this origin is not allowed; see ALLOWED_ORIGINS'

/** Passes requests that this deployment serves. */
export const checkDeployment = createMiddleware<HonoEnv>(async (c, next) => {
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
      'This server runs locally and only answers at localhost. For another name, add its origin to ALLOWED_ORIGINS.'
    return refusal(c, forbidden, new ApiError(403, 'host_not_allowed', text))
  }
  const origin = c.req.header('Origin')
  if (origin !== undefined && !mayCall(origins, origin, own)) {
    const text = 'This origin is not allowed to call this deployment. Add it to ALLOWED_ORIGINS.'
    return refusal(c, forbidden, new ApiError(403, 'origin_not_allowed', text))
  }
  c.set('deployment', deployment)
  await next()
})

/** CORS headers. Only requests that passed the check of their origin get here. */
const corsHandler = cors({
  origin: (origin, c: Context<HonoEnv>) => {
    const deployment = deploymentOf(c.env)
    return !(deployment instanceof NotConfigured) && deployment.origins.isOpen ? '*' : origin
  },
  allowMethods: ['GET', 'HEAD', 'POST', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type', 'If-None-Match'],
  exposeHeaders: ['ETag', 'Retry-After'],
  maxAge: PREFLIGHT_S,
})

/**
 * A response may only be read, not embedded or executed. Pages have headers of their own
 * (web/public/_headers).
 */
const secureHandler = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  // Whether a whole domain is https-only is up to its owner.
  strictTransportSecurity: false,
  overwrite: false,
})

export const corsHeaders = createMiddleware<HonoEnv>((c, next) =>
  isUpgrade(c) ? next() : corsHandler(c, next),
)
export const securityHeaders = createMiddleware<HonoEnv>((c, next) =>
  isUpgrade(c) ? next() : secureHandler(c, next),
)

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

/** Our own client gets the reason in a close code, everybody else in the response. */
function refusal(c: Context, close: CloseReason, error: ApiError): Response {
  if (isUpgrade(c) && offered(c).protocol === SUBPROTOCOL) return refuse(close)
  throw error
}
