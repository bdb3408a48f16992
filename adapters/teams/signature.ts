/** What is signed cannot be made up, and is over after its time. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type Signer = {
  /** @param until milliseconds since 1970 */
  sign(what: readonly string[], until: number): string;
  valid(what: readonly string[], until: number, signature: string, now: number): boolean;
};

/** @param secret a different use of the same secret gets a key of its own */
export function signer(secret: string, use: string): Signer {
  const key = createHmac('sha256', secret).update(`cwsync ${use}`).digest();

  function sign(what: readonly string[], until: number): string {
    return createHmac('sha256', key)
      .update(JSON.stringify([until, ...what]))
      .digest('base64url');
  }

  return {
    sign,
    valid(what, until, signature, now) {
      const expected = Buffer.from(sign(what, until));
      const given = Buffer.from(signature);
      const equal = given.length === expected.length && timingSafeEqual(given, expected);
      return equal && now < until;
    },
  };
}
