/**
 * What has to be valid before a deployment serves anything: production or local, whose tokens it accepts,
 * and which origins may call. The default is production, so that nothing is open by omission. With a missing
 * or invalid setting every request is refused, with a message that says what to do and quotes no value.
 */

import type { TokenRules } from '../../auth/tokens.ts'
import { transactOf } from '../../durable-objects/flush/store.ts'
import { checkDatabaseSettings } from '../../durable-objects/settings/database.ts'
import { checkNames } from '../../durable-objects/settings/names.ts'
import { settingsOf } from '../../durable-objects/settings/settings.ts'
import type { SettingName } from '../../durable-objects/settings/table.ts'
import { tokenRulesOf } from '../../durable-objects/settings/token-rules.ts'
import { textOf } from '../../durable-objects/settings/values.ts'
import type { Env } from '../env.ts'
import { type OriginRules, originRules } from './origins.ts'
import { Rates } from './rates.ts'
import { ReadinessProbe } from './readiness.ts'

export interface Deployment {
  readonly isLocal: boolean
  readonly origins: OriginRules
  readonly tokens: TokenRules
  readonly rates: Rates
  readonly readiness: ReadinessProbe
}

/** Why a deployment serves nobody. The message is for its operator. */
export class NotConfigured extends Error {
  override readonly name = 'NotConfigured'
}

const known = new WeakMap<Env, Deployment | NotConfigured>()

/** The deployment with these bindings, or why it is not configured: checked once per isolate, and logged. */
export function deploymentOf(env: Env): Deployment | NotConfigured {
  const seen = known.get(env)
  if (seen !== undefined) return seen
  const found = examine(env)
  if (found instanceof NotConfigured) console.error(`This deployment refuses to serve: ${found.message}`)
  known.set(env, found)
  return found
}

function examine(env: Env): Deployment | NotConfigured {
  try {
    // Every variable and binding of ours has to be listed there.
    const names: readonly SettingName[] = Object.keys(env) as (keyof Env)[]
    checkNames(Object.fromEntries(names.map((name) => [name, env[name]])))
    const mode = textOf('ENVIRONMENT', env.ENVIRONMENT)
    const allowed = textOf('ALLOWED_ORIGINS', env.ALLOWED_ORIGINS)
    if (mode !== '' && mode !== 'production' && mode !== 'local') {
      throw new NotConfigured('ENVIRONMENT must be production or local.')
    }
    const isLocal = mode === 'local'
    const tokens = tokenRulesOf(env)
    const origins = originRules(allowed, isLocal)
    // Checks what the objects would otherwise fail on later, request by request.
    const settings = settingsOf(env)
    checkDatabaseSettings(env)
    const readiness = new ReadinessProbe({
      database: transactOf(env, settings.databaseTimeoutMs),
      isLocal,
      keys: tokens.provider?.keys.answer ?? null,
    })
    return { isLocal, origins, tokens, rates: new Rates(env, settings), readiness }
  } catch (error) {
    return error instanceof NotConfigured ? error : new NotConfigured((error as Error).message)
  }
}
