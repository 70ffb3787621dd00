/**
 * A local identity provider: signs tokens with keys of two algorithms, and serves the public keys over HTTP
 * unless told to misbehave.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/**
 * `away`: nothing listens; `failing`: responds with 500; `garbled`: responds with
 * HTML; `silent`: never responds.
 */
export type Condition = 'well' | 'away' | 'failing' | 'garbled' | 'silent'

type Algorithm = 'RS256' | 'ES256'

export class IdentityProvider {
  readonly issuer = 'https://id.example/'
  readonly audience = 'edgeroom-of-example'
  /** All tokens signed so far. */
  readonly signed: string[] = []
  /** Number of requests for the keys so far. */
  asked = 0
  readonly #server = createServer((_, answer) => this.#answer(answer))
  readonly #pairs: Record<Algorithm, CryptoKeyPair>
  #condition: Condition = 'well'
  #port = 0

  private constructor(pairs: Record<Algorithm, CryptoKeyPair>) {
    this.#pairs = pairs
  }

  static async start(): Promise<IdentityProvider> {
    const [RS256, ES256] = await Promise.all([
      generateKeyPair('RS256', { extractable: true }),
      generateKeyPair('ES256', { extractable: true }),
    ])
    const provider = new IdentityProvider({ RS256, ES256 })
    await provider.become('well')
    return provider
  }

  /** Variables of a deployment that trusts this provider. */
  get vars(): Record<string, string> {
    return {
      AUTH_JWKS_URL: `http://127.0.0.1:${this.#port}/keys`,
      AUTH_ISSUER: this.issuer,
      AUTH_AUDIENCE: this.audience,
    }
  }

  /** Signs a token, valid for an hour unless `claims` says otherwise. */
  async sign(claims: JWTPayload, alg: Algorithm = 'RS256', kid: string = alg): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const token = await new SignJWT({
      iss: this.issuer,
      aud: this.audience,
      iat: now,
      exp: now + 3600,
      ...claims,
    })
      .setProtectedHeader({ alg, kid })
      .sign(this.#pairs[alg].privateKey)
    this.signed.push(token)
    return token
  }

  /** The RS256 public key as PEM. */
  pem(): Promise<string> {
    return exportSPKI(this.#pairs.RS256.publicKey)
  }

  /** Changes the condition. The port stays the same. */
  async become(condition: Condition): Promise<void> {
    this.#condition = condition
    if (this.#server.listening === (condition !== 'away')) return
    if (condition !== 'away') return this.#listen()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async #answer(answer: ServerResponse): Promise<void> {
    this.asked++
    if (this.#condition === 'silent') return
    if (this.#condition === 'failing') answer.writeHead(500)
    answer.end(this.#condition === 'well' ? JSON.stringify(await this.#keys()) : '<h1>Not now</h1>')
  }

  async #keys(): Promise<object> {
    const keys = Object.entries(this.#pairs).map(async ([alg, { publicKey }]) => ({
      ...(await exportJWK(publicKey)),
      kid: alg,
      use: 'sig',
    }))
    return { keys: await Promise.all(keys) }
  }
}
