/** Validation of stored rows that may have been edited by hand. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../../core/model/policy.ts'
import { faultOf } from '../../../core/model/stored-room.ts'

const GOOD = { epoch: 'e1', seq: 3, policy: null, files: [{ file: 'f', revision: 3 }] }
const WHOLE = {
  ...DEFAULT_POLICY,
  owner: 'ann',
  members: { bob: { role: 'editor', name: 'Bob' } },
  kicked: { eve: 5 },
  banned: { mallory: { at: 5, name: 'M' } },
  invitations: { t1: { user: 'u', name: 'U', role: 'viewer', at: 1, expires: 2 } },
}

describe('the stored rows of a room', () => {
  it.each<[string, object]>([
    ['only a file list', {}],
    ['a policy', { policy: WHOLE }],
    ['a policy of older code', { policy: { owner: null, members: {} } }],
    ['a policy of newer code', { policy: { ...WHOLE, colour: 'red' } }],
  ])('are accepted with %s', (_, more) => {
    expect(faultOf({ ...GOOD, ...more })).toBeNull()
  })

  it.each<[string, object]>([
    ['rooms.policy must be', { policy: 'open' }],
    ['rooms.policy must be', { policy: [] }],
    ['rooms.policy: owner must be', { policy: { owner: 7 } }],
    ['rooms.policy: mode must be open or classroom', { policy: { mode: 'OPEN' } }],
    ['rooms.policy: access must be', { policy: { access: null } }],
    ['rooms.policy: closed must be', { policy: { closed: 'no' } }],
    ['rooms.policy: members must be an object', { policy: { members: null } }],
    ['rooms.policy: members["bob"] must be', { policy: { members: { bob: 'editor' } } }],
    [
      'rooms.policy: members["bob"].role must be editor or viewer',
      { policy: { members: { bob: { role: 'owner' } } } },
    ],
    ['rooms.policy: kicked["eve"] must be', { policy: { kicked: { eve: 'now' } } }],
    ['rooms.policy: banned["eve"].at must be', { policy: { banned: { eve: { name: 'Eve' } } } }],
    ['rooms.policy: invitations["t"].user must be', { policy: { invitations: { t: {} } } }],
    ['rooms.epoch must be', { epoch: 'a new one' }],
    ['rooms.seq must be', { seq: -1 }],
    ['files.file "my file" must be', { files: [{ file: 'my file', revision: 1 }] }],
    ['files.file "" must be', { files: [{ file: '', revision: 1 }] }],
    ['the revision of files.file "f" must be', { files: [{ file: 'f', revision: -1 }] }],
  ])('are refused if edited by hand to something impossible: %s', (says, more) => {
    expect(faultOf({ ...GOOD, ...more })).toContain(says)
  })
})
