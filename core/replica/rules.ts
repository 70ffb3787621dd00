/**
 * A replica's view of who may do what: the room's policy, this user's part in it, and chat. A welcome
 * describes the policy as of its seq; commits up to there, which may follow it, do not change the policy,
 * but their chat counts.
 */

import { applyPolicy, mayEdit, policyOf, roleOf } from '../model/policy.ts'
import { isFileChange, isPolicyChange } from '../protocol/changes.ts'
import type { Authenticated, Commit, Entry, Policy, Role, Welcome } from '../protocol/messages.ts'
import type { Effect } from './effects.ts'

export class Rules {
  #policy: Policy | null = null
  /** The policy is as of this commit, or a later one. */
  #seq = 0
  #user = ''
  #granted: Role | null = null

  /** Null before the first welcome. */
  get policy(): Policy | null {
    return this.#policy
  }

  /** This user's current role; null before the first welcome, when it is unknown. */
  get role(): Role | null {
    if (this.#policy === null) return null
    return roleOf(this.#policy, { user: this.#user, role: this.#granted }) ?? 'viewer'
  }

  /** Whether this user may change files now. Assumed before the first welcome. */
  get mayEdit(): boolean {
    return this.role === null || mayEdit(this.role)
  }

  welcome({ policy, seq, user, granted }: Welcome): Effect {
    // A room older than this client may omit some fields.
    this.#policy = policyOf(policy)
    this.#seq = seq
    this.#user = user
    this.#granted = granted
    return { type: 'policy' }
  }

  authenticated({ granted }: Authenticated): Effect {
    this.#granted = granted
    return { type: 'policy' }
  }

  /** Applies the changes of an entry that are not about files. */
  apply({ user, client, changes }: Entry, { seq, at }: Commit, effects: Effect[]): void {
    for (const change of changes) {
      if (isFileChange(change)) continue
      if (!isPolicyChange(change)) {
        effects.push({ type: 'chat', seq, at, user, client, name: change.name ?? '', text: change.text })
      } else if (this.#policy !== null && seq > this.#seq) {
        this.#policy = applyPolicy(this.#policy, change)
        effects.push({ type: 'policy' })
      }
    }
  }
}
