import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { jsonReply, type Reply } from '../api/errors.ts';

/** The keys that callbacks are signed with. Old addresses go on giving their keys. */
export class SigningKeys {
  readonly #keys = new Map<string, string>();
  #current = '';

  constructor() {
    this.rotate(false);
  }

  /** @param sameAddress the key changes and its address stays; else a new key gets an address of its own */
  rotate(sameAddress: boolean): void {
    if (!sameAddress) this.#current = randomUUID();
    this.#keys.set(this.#current, randomBytes(24).toString('base64url'));
  }

  /** @param origin of the simulator; `codebase` ends in a slash, hence the two of them that the vendor sends */
  address(origin: string, codebase: string, companyId: string): string {
    return `${origin}/${codebase}/system/callbackkey/index.rails?companyName=${encodeURIComponent(companyId)}&id=${this.#current}`;
  }

  /** Value of `x-content-signature`. */
  sign(body: string): string {
    const key = createHash('sha256')
      .update(this.#keys.get(this.#current) ?? '')
      .digest();
    return createHmac('sha256', key).update(body).digest('base64');
  }

  /** The answer of the address: JSON, served as text, to anybody. */
  answer(id: string): Reply {
    const key = this.#keys.get(id);
    if (key === undefined) return jsonReply(404, { code: 'NotFound', message: 'Key not found' });
    return {
      status: 200,
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
      body: JSON.stringify({ signing_key: key }),
    };
  }
}
