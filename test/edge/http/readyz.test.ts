/**
 * `/readyz` of deployments without a database, not configured, or called from another origin.
 * docs/operations.md, "Monitoring".
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Deployment, SECRET } from '../deployment.ts'

const PRODUCTION = { ENVIRONMENT: 'production', AUTH_SECRET: SECRET }

afterEach(() => {
  vi.restoreAllMocks()
})

describe('/readyz', () => {
  it('of a production deployment without a database says that there is none', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    for (const vars of [PRODUCTION, { AUTH_SECRET: SECRET, DATABASE_URL: '' }]) {
      const deployment = new Deployment(vars)
      const answer = await deployment.request('/readyz')
      expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '2'])
      expect(await answer.json()).toEqual({
        ok: false,
        checks: {
          database: { ok: false, message: expect.stringContaining('set DATABASE_URL, or bind HYPERDRIVE') },
          migrations: { ok: null, message: 'there is no database' },
          keys: { ok: null, message: 'there is no identity provider' },
        },
      })
      // It is alive nevertheless, which is no secret.
      expect((await deployment.request('/healthz')).status).toBe(200)
    }
    expect(log.mock.calls.flat()).toEqual(
      Array(2).fill(expect.stringMatching(/not ready. database: there is no/)),
    )
  })

  it('of a local one without a database is ok', async () => {
    const answer = await new Deployment({ ENVIRONMENT: 'local' }, 'http://localhost').request('/readyz')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ ok: true, checks: { database: { ok: null } } })
  })

  it('of one that is not configured says what is missing, like every other route', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const answer = await new Deployment({ ENVIRONMENT: 'production' }).request('/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ error: { code: 'not_configured' } })
  })

  it('asks the database at most once in some seconds, and quotes nothing of it', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const sent = vi
      .spyOn(globalThis, 'fetch')
      .mockRejectedValue(new Error('hunter2 is not known at db.example'))
    const deployment = new Deployment({
      ...PRODUCTION,
      DATABASE_URL: 'postgresql://ann:hunter2@db.example/rooms',
    })
    const answers = await Promise.all(Array.from({ length: 9 }, () => deployment.request('/readyz')))
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      const text = await answer.text()
      expect(text).toContain('check DATABASE_URL')
      expect(text).not.toMatch(/hunter2|db\.example|ann/)
    }
    await deployment.request('/readyz')
    expect(sent).toHaveBeenCalledTimes(1)
  })
})
