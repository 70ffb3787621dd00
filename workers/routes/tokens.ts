/**
 * `/api/rooms/<room>/tokens`: the tokens issued by a room's owner, who alone may create, list and revoke
 * them. Callers are authenticated and input validated here; the room keeps the list, and a token that its
 * room does not list is invalid.
 */
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { PolicyChange } from '../../core/protocol/messages.ts'
import type { RuleResult } from '../../durable-objects/room/answers.ts'
import { jsonOf, whole } from '../http/body.ts'
import { callerOf, given, rateByUser, ratedByAddress } from '../http/callers.ts'
import { ApiError, SECRET } from '../http/errors.ts'
import type { HonoEnv } from '../http/middleware.ts'
import {
  checkRenewal,
  inviteChange,
  isRenewable,
  issue,
  ownerInvitation,
  parseInvitation,
} from './invitations.ts'
import { existing } from './rooms.ts'

/** Most bytes of a body. */
const BODY_BYTES = 16 * 1024

/**
 * Passes only the owner of a room, before the body is read.
 * @param isRated whether it counts as an invitation, whoever calls
 */
const asOwner = (isRated = false) =>
  createMiddleware<HonoEnv>(async (c, next) => {
    const room = c.req.param('room') ?? ''
    const object = existing(c.env, room)
    const caller = await callerOf(c, room)
    if (isRated) await rateByUser(c, 'invitation', caller)
    given(await object.owns(room, caller))
    c.set('owner', caller)
    await next()
  })

export const tokenRoutes = new Hono<HonoEnv>()

tokenRoutes.get('/', asOwner(), async (c) => {
  const room = c.req.param('room') ?? ''
  const invitations = given(await existing(c.env, room).invitations(room, c.get('owner')))
  const tokens = Object.entries(invitations).map(([id, invitation]) => ({ id, ...invitation }))
  return c.json({ tokens: tokens.sort((a, b) => a.at - b.at) }, 200, SECRET)
})

tokenRoutes.post('/', ratedByAddress('invitation'), asOwner(true), whole(BODY_BYTES), async (c) => {
  const room = c.req.param('room') ?? ''
  const owner = c.get('owner')
  const rules = c.get('deployment').tokens
  const invitation = parseInvitation(await jsonOf(c), owner, rules)
  if (invitation.isOwn) checkRenewal(owner, rules)
  const issued = await issue(invitation, room, rules)
  check(given(await existing(c.env, room).rule(room, owner, [inviteChange(issued)])))
  const { id, token, user, name, role, expires } = issued
  return c.json({ id, token, user, name, role, expires }, 201, SECRET)
})

// Revokes all of them, including the owner's, who gets a new one in the response.
tokenRoutes.post('/revoke', asOwner(), async (c) => {
  const room = c.req.param('room') ?? ''
  const owner = c.get('owner')
  const rules = c.get('deployment').tokens
  const issued = isRenewable(owner, rules) ? await issue(ownerInvitation(owner), room, rules) : null
  const changes: PolicyChange[] = [{ type: 'revoke' }]
  if (issued !== null) changes.push(inviteChange(issued))
  check(given(await existing(c.env, room).rule(room, owner, changes)))
  const { id = null, token = null, expires = null } = issued ?? {}
  return c.json({ user: owner.user, id, token, expires }, 200, SECRET)
})

tokenRoutes.delete('/:token', asOwner(), async (c) => {
  const { room = '', token } = c.req.param() as { room?: string; token: string }
  const object = existing(c.env, room)
  const owner = c.get('owner')
  if (!Object.hasOwn(given(await object.invitations(room, owner)), token)) {
    throw new ApiError(404, 'no_such_token', 'This room has no such token, or it has expired or was revoked.')
  }
  check(given(await object.rule(room, owner, [{ type: 'revoke', token }])))
  return c.body(null, 204)
})

/** @throws ApiError if the room refused a change */
function check(result: RuleResult): void {
  if (!result.ok) throw new ApiError(422, result.code, result.message)
}
