/**
 * A host's identity provider on this machine: signs tokens with a key of each kind, and shows its public keys over HTTP, as long as it is not
 * made to do something else.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** `away`: nothing listens; `failing` answers 500, `garbled` with a page; `silent` never answers. */
export type Condition = 'well' | 'away' | 'failing' | 'garbled' | 'silent'

type Algorithm = 'RS256' | 'ES256'

export class IdentityProvider {
  readonly issuer = 'https://id.example/'
  readonly audience = 'edgeroom-of-example'
  /** Every token that it signed. */
  readonly signed: string[] = []
  /** Requests for the keys so far. */
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

  /** Variables of a deployment that takes its tokens. */
  get vars(): Record<string, string> {
    return {
      AUTH_JWKS_URL: `http://127.0.0.1:${this.#port}/keys`,
      AUTH_ISSUER: this.issuer,
      AUTH_AUDIENCE: this.audience,
    }
  }

  /** Signs a token that is good for an hour, unless it says otherwise. */
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

  /** The public key of RS256, as text. */
  pem(): Promise<string> {
    return exportSPKI(this.#pairs.RS256.publicKey)
  }

  /** Is so from now on. It comes back on the port that it had. */
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
