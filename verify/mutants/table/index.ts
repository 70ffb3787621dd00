/** All mutants. A new row goes to the file of its subject; `npm run docs` puts it into the docs. */
import type { Mutant } from '../mutant.ts'
import { AUTH } from './auth.ts'
import { COMMITS } from './commits.ts'
import { EDITORS } from './editors.ts'
import { FLUSH } from './flush.ts'
import { LIMITS } from './limits.ts'
import { REPLICA } from './replica.ts'
import { ROOM } from './room.ts'
import { SDK } from './sdk.ts'
import { SESSIONS } from './sessions.ts'
import { STORE } from './store.ts'
import { SUBMISSIONS } from './submissions.ts'
import { TEXT } from './text.ts'

export const MUTANTS: readonly Mutant[] = [
  ...SUBMISSIONS,
  ...COMMITS,
  ...TEXT,
  ...REPLICA,
  ...SDK,
  ...ROOM,
  ...FLUSH,
  ...STORE,
  ...SESSIONS,
  ...LIMITS,
  ...AUTH,
  ...EDITORS,
]
