/**
 * Tests that need something this machine may lack: they are skipped without it, and the last lines of the
 * run say how many and what to install (summary-reporter.ts). In CI nothing may be missing.
 */
import { describe } from 'vitest'
import { findChromium, HOW_TO_GET_ONE } from './browser.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** What a skipped test lacked, and how to get it. */
    missing?: string
  }
}

export interface Need {
  readonly isMet: boolean
  /** What is missing otherwise, and how to get it. */
  readonly missing: string
}

/** @throws Error if there is no Chromium but has to be one */
export function needsChromium(): Need {
  return need(findChromium() !== null, HOW_TO_GET_ONE, process.env.REQUIRE_CHROMIUM === '1')
}

/** @param programs from `postgresPrograms` @throws Error if there are none but have to be */
export function needsPostgres(programs: string | null): Need {
  return need(programs !== null, 'no Postgres found: install one (apt-get install postgresql)')
}

/** @param url of TEST_DATABASE_URL; empty if there is none */
export function needsServer(url: string): Need {
  const missing = 'no Postgres server: set TEST_DATABASE_URL to one whose user may create databases'
  return { isMet: url !== '', missing }
}

/** A suite that is skipped unless the need is met. */
export function describeIf({ isMet, missing }: Need, name: string, body: () => void): void {
  // A test within may be skipped for another reason.
  describe.skipIf(!isMet)(name, isMet ? {} : { meta: { missing } }, body)
}

function need(isMet: boolean, missing: string, isRequired = false): Need {
  if (!isMet && (isRequired || process.env.CI === 'true')) throw new Error(missing)
  return { isMet, missing }
}
