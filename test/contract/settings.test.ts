/** Settings of a deployment that cannot be meant, refused with the name of the setting. */
import { expect, it } from 'vitest'
import { type SettingVars, settingsOf } from '../../durable-objects/settings.ts'

it.each([
  'HELLO_MS',
  'DATABASE_TIMEOUT_MS',
  'COMMIT_INTERVAL_MS',
  'FLUSH_WINDOW_MS',
  'FLUSH_LEASE_MS',
] as const)(
  '%s may be as long as a timer can wait, and not longer: that would be no time at all',
  (name: keyof SettingVars) => {
    expect(() => settingsOf({ [name]: '2147483647' })).not.toThrow()
    for (const value of ['2147483648', '1e300', 'Infinity']) {
      expect(() => settingsOf({ [name]: value })).toThrow(name)
    }
  },
)
