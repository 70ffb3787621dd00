/** Invalid settings are refused with the name of the setting, and without its value. */
import { describe, expect, it } from 'vitest'
import { checkDatabaseSettings } from '../../../durable-objects/settings/database.ts'
import { checkNames, meantBy, SETTING_NAMES } from '../../../durable-objects/settings/names.ts'
import { type SettingVars, settingsOf } from '../../../durable-objects/settings/settings.ts'

type Name = keyof SettingVars

/** 0 has a meaning for these, see docs/operations.md: no limit, never, at once. */
const FROM_ZERO: readonly Name[] = [
  ...(['MAX_ROOM_BYTES', 'MAX_CONNECTIONS', 'MAX_CONNECTIONS_PER_USER', 'MAX_SEND_QUEUE_UNITS'] as const),
  ...(['SUBMITS_PER_SECOND', 'CHAT_PER_SECOND', 'PRESENCE_PER_SECOND', 'REQUESTS_PER_SECOND'] as const),
  ...(['ADDRESS_USERS', 'CONNECTS_PER_MINUTE', 'ROOMS_PER_MINUTE', 'INVITATIONS_PER_MINUTE'] as const),
  ...(['FLUSH_IDLE_MS', 'FLUSH_MAX_AGE_MS', 'SILENCE_MS', 'GRACE_MS', 'COMMIT_INTERVAL_MS'] as const),
  ...(['CLIENT_DAYS'] as const),
]
const ABOVE_ZERO: readonly Name[] = [
  ...(['MAX_FILE_BYTES', 'MAX_FILES', 'MAX_CHANGES', 'MAX_FRAME_UNITS', 'MAX_HELLO_UNITS'] as const),
  ...(['MAX_PRESENCE_UNITS', 'MAX_SELECTIONS', 'HELLO_MS', 'DATABASE_TIMEOUT_MS', 'TAIL_COMMITS'] as const),
  ...(['SUBMIT_BURST', 'CHAT_BURST', 'PRESENCE_BURST', 'REQUEST_BURST', 'FRAMES_PER_SECOND'] as const),
  ...(['FLUSH_RETRY_MS', 'FLUSH_RETRY_MAX_MS', 'FLUSH_CONCURRENT', 'FLUSH_PER_WINDOW'] as const),
  ...(['FLUSH_WINDOW_MS', 'FLUSH_LEASE_MS', 'FLUSH_SHARDS', 'FLUSH_MAX_BYTES'] as const),
]
const NO_NUMBERS = [
  ...['many', '1.5', '.5', '1e3', '1E3', '0x10', '0b1', '0o7', '007', '+7', '-7', '-0', '1_000', '1,000'],
  ...['NaN', 'Infinity', '1e400', '9007199254740993', '99999999999999999999', ' ', ' 7', '7 ', '7\n', '7ms'],
  ...['٧', '７', '[7]', 'true', 'null', 'undefined'],
]

/** The error of a deployment with these variables; null if it starts. */
function errorOf(vars: Readonly<Record<string, unknown>>): string | null {
  try {
    settingsOf(vars as SettingVars)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

describe('a setting that is a number', () => {
  it.each([...FROM_ZERO, ...ABOVE_ZERO])('%s accepts decimal digits and nothing else', (name) => {
    const others = { DATABASE_TIMEOUT_MS: '2000' }
    expect(errorOf({ ...others, [name]: '7000' })).toBeNull()
    expect(errorOf({ ...others, [name]: 7000 })).toBeNull()
    expect(errorOf({ [name]: '' })).toBeNull()
    for (const value of [...NO_NUMBERS, 1.5, -1, 1e21, Number.NaN, true, ['7'], { seven: 7 }]) {
      const message = errorOf({ [name]: value })
      expect([value, message]).toEqual([value, expect.stringMatching(`^The setting ${name} must be a whole`)])
      if (typeof value === 'string' && value.trim().length > 1) expect(message).not.toContain(value)
    }
  })

  it.each(FROM_ZERO)('%s accepts 0', (name) => {
    expect(errorOf({ [name]: '0' })).toBeNull()
  })

  it.each(ABOVE_ZERO)('%s rejects 0, which would refuse or fail everything', (name) => {
    expect(errorOf({ [name]: '0' })).toContain(`The setting ${name} must be a whole number from 1`)
  })

  it.each(['HELLO_MS', 'COMMIT_INTERVAL_MS', 'FLUSH_WINDOW_MS', 'FLUSH_LEASE_MS'])(
    '%s may be as long as a timer can wait; longer would fire at once',
    (name) => {
      expect(errorOf({ GRACE_MS: '2147483647', [name]: '2147483647' })).toBeNull()
      expect(errorOf({ [name]: '2147483648' })).toContain(name)
    },
  )

  it('DATABASE_TIMEOUT_MS may be a third of the longest FLUSH_LEASE_MS', () => {
    expect(errorOf({ FLUSH_LEASE_MS: '2147483647', DATABASE_TIMEOUT_MS: '715827882' })).toBeNull()
    expect(errorOf({ FLUSH_LEASE_MS: '2147483647', DATABASE_TIMEOUT_MS: '715827883' })).toContain(
      'FLUSH_LEASE',
    )
    expect(errorOf({ DATABASE_TIMEOUT_MS: '2147483648' })).toMatch(
      /DATABASE_TIMEOUT_MS must be a whole number/,
    )
  })

  it.each(['FLUSH_IDLE_MS', 'FLUSH_MAX_AGE_MS', 'SILENCE_MS', 'GRACE_MS'])(
    '%s may be longer than a timer, but within the range of an alarm',
    (name) => {
      expect(errorOf({ [name]: '2147483648' })).toBeNull()
      expect(errorOf({ [name]: '9007199254740991' })).toContain(name)
    },
  )

  it('MAX_FRAME_UNITS may not exceed what the platform accepts', () => {
    expect(errorOf({ MAX_FRAME_UNITS: '11184810' })).toBeNull()
    expect(errorOf({ MAX_FRAME_UNITS: '11184811' })).toContain('MAX_FRAME_UNITS')
  })

  it('is covered by this test', () => {
    const numbers = SETTING_NAMES.filter((name) => errorOf({ [name]: 'many' }) !== null)
    expect(numbers.sort()).toEqual([...FROM_ZERO, ...ABOVE_ZERO].sort())
  })
})

describe('settings that contradict each other', () => {
  it('are refused: GRACE_MS below COMMIT_INTERVAL_MS', () => {
    expect(errorOf({ GRACE_MS: '200', COMMIT_INTERVAL_MS: '200' })).toBeNull()
    for (const vars of [
      { GRACE_MS: '199', COMMIT_INTERVAL_MS: '200' },
      { GRACE_MS: '0', COMMIT_INTERVAL_MS: '1' },
      { COMMIT_INTERVAL_MS: '300001' },
    ])
      expect(errorOf(vars)).toMatch(/GRACE_MS.* below COMMIT_INTERVAL_MS/)
  })

  it('are refused: FLUSH_RETRY_MAX_MS below FLUSH_RETRY_MS', () => {
    expect(errorOf({ FLUSH_RETRY_MS: '2000', FLUSH_RETRY_MAX_MS: '2000' })).toBeNull()
    for (const vars of [
      { FLUSH_RETRY_MS: '2000', FLUSH_RETRY_MAX_MS: '1999' },
      { FLUSH_RETRY_MAX_MS: '999' },
      { FLUSH_RETRY_MS: '60001' },
    ]) {
      expect(errorOf(vars)).toMatch(/FLUSH_RETRY_MAX_MS.* below FLUSH_RETRY_MS/)
      for (const value of Object.values(vars)) expect(errorOf(vars)).not.toContain(value)
    }
  })
})

describe('a flush lease', () => {
  it('does not expire during a flush, which may take three database calls', () => {
    expect(errorOf({ DATABASE_TIMEOUT_MS: '5000', FLUSH_LEASE_MS: '15000' })).toBeNull()
    for (const vars of [
      { DATABASE_TIMEOUT_MS: '5000', FLUSH_LEASE_MS: '14999' },
      { DATABASE_TIMEOUT_MS: '5000', FLUSH_LEASE_MS: '5000' },
      { FLUSH_LEASE_MS: '29999' },
      { DATABASE_TIMEOUT_MS: '10001' },
    ]) {
      expect(errorOf(vars)).toMatch(/FLUSH_LEASE_MS.* three times DATABASE_TIMEOUT_MS.* Raise FLUSH_LEASE_MS/)
      for (const value of Object.values(vars)) expect(errorOf(vars)).not.toContain(value)
    }
  })
})

describe('the address of the database', () => {
  const GOOD = 'postgresql://ann:pa55w0rd@db.example/rooms'
  const check = (vars: object) => () => checkDatabaseSettings(vars as never)

  it('is a connection string, and may be left out', () => {
    for (const vars of [
      {},
      { DATABASE_URL: '', NEON_ENDPOINT: '' },
      { DATABASE_URL: GOOD },
      { DATABASE_URL: `${GOOD}?sslmode=require`, NEON_ENDPOINT: 'https://proxy.example/sql' },
      { DATABASE_URL: 'postgres://ann@[::1]:5432/rooms', NEON_ENDPOINT: 'http://127.0.0.1:4444/sql' },
    ]) {
      expect(check(vars)).not.toThrow()
    }
  })

  it.each([
    'pa55w0rd',
    'ann:pa55w0rd@db.example/rooms',
    'https://ann:pa55w0rd@db.example/rooms',
    'mysql://ann:pa55w0rd@db.example/rooms',
    'postgresql://ann:pa55w0rd@db.example',
    'postgresql://ann:pa55w0rd@db.example/',
    'postgresql://db.example/pa55w0rd',
    ` ${GOOD}`,
    `${GOOD}\n`,
    'postgresql://ann:pa55 w0rd@db.example/rooms',
    'postgresql://ann:pa55w0rd@db.example:port/rooms',
    'psql postgresql://ann:pa55w0rd@db.example/rooms',
    `"${GOOD}"`,
  ])('is refused as %j, and not quoted', (DATABASE_URL) => {
    const message = expect.stringMatching(/^DATABASE_URL is not a connection string/)
    expect(check({ DATABASE_URL })).toThrow(expect.objectContaining({ message }))
    expect(check({ DATABASE_URL })).not.toThrow('pa55')
  })

  it.each([
    'proxy.example/sql',
    'proxy.example:4444/sql',
    'wss://proxy.example/sql',
    'https://ann:pa55w0rd@proxy.example/sql',
    'https:///sql',
    'https://',
    'https://proxy .example/sql',
    ' https://proxy.example/sql',
    GOOD,
  ])('is not an endpoint as %j, and not quoted', (NEON_ENDPOINT) => {
    const endpoint = { DATABASE_URL: GOOD, NEON_ENDPOINT }
    const message = expect.stringMatching(/^NEON_ENDPOINT is not a valid address/)
    expect(check(endpoint)).toThrow(expect.objectContaining({ message }))
    expect(check(endpoint)).not.toThrow(/pa55|proxy/)
  })

  it('needs a connection string besides an endpoint, which has no credentials', () => {
    expect(check({ NEON_ENDPOINT: 'https://proxy.example/sql' })).toThrow('without DATABASE_URL')
  })

  it('is text', () => {
    expect(check({ DATABASE_URL: 5 })).toThrow('DATABASE_URL must be text')
  })
})

describe('an unknown name', () => {
  it.each([
    ['GRACE_SM', 'GRACE_MS'],
    ['GRACE', 'GRACE_MS'],
    ['GRCE_MS', 'GRACE_MS'],
    ['MS_GRACE', 'GRACE_MS'],
    ['grace_ms', 'GRACE_MS'],
    ['graceMs', 'GRACE_MS'],
    ['GRACE-MS', 'GRACE_MS'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE', 'DATABASE_URL'],
    ['FLUSH_IDLE', 'FLUSH_IDLE_MS'],
    ['FLUSH_IDLE_S', 'FLUSH_IDLE_MS'],
    ['FLUSH_MAX_RETRY_MS', 'FLUSH_RETRY_MAX_MS'],
    ['MAX_FILE', 'MAX_FILES'],
    ['AUTH_SECRETS', 'AUTH_SECRET'],
    ['AUTH_JWK_URL', 'AUTH_JWKS_URL'],
    ['ALLOWED_ORIGIN', 'ALLOWED_ORIGINS'],
    ['ENVIROMENT', 'ENVIRONMENT'],
    ['HYPERDRIV', 'HYPERDRIVE'],
    ['ROOMS', 'ROOM'],
    ['COMITS_INTERVAL_MS', 'COMMIT_INTERVAL_MS'],
  ])('such as %s is recognized as %s', (name, meant) => {
    expect(meantBy(name)).toBe(meant)
    expect(() => checkNames({ [name]: '1' })).toThrow(`There is no setting ${name}: did you mean ${meant}?`)
  })

  it.each([
    ...['TRACE_ID', 'SENTRY_DSN', 'CF_VERSION_METADATA', 'MY_KV', 'DB', 'LOG_LEVEL', 'AI', 'BUCKET', 'QUEUE'],
    ...['STRIPE_SECRET_KEY', 'NODE_ENV', 'MAX_AGE', 'AUTH_SECRET_OF_BILLING', 'SELF', 'VERSION', 'FORM'],
  ])('may be unrelated, such as %s', (name) => {
    expect(meantBy(name)).toBeNull()
  })

  it('is never one of the known names', () => {
    expect(() => checkNames(Object.fromEntries(SETTING_NAMES.map((name) => [name, '1'])))).not.toThrow()
  })

  it('may be an unrelated binding that resembles a variable, or a binding that is present', () => {
    const binding = {}
    for (const env of [{ DATABASE: binding }, { HELLO: () => {} }, { ROOM: binding, ROOMS: binding }])
      expect(() => checkNames(env)).not.toThrow()
    expect(() => checkNames({ HYPERDRIV: binding })).toThrow('did you mean HYPERDRIVE?')
    expect(() => checkNames({ ROOM: binding, ROOMS: 'text' })).toThrow('did you mean ROOM?')
  })
})
