import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A SHA-256 digest in base64: 32 bytes. */
const digestForm = /^[A-Za-z0-9+/]{43}=$/u;

/** Whether it has the form of a signature. */
export const looksSigned = (signature: string): boolean => digestForm.test(signature);

/**
 * Whether `x-content-signature` is that of the body, byte for byte: base64 of the HMAC-SHA256 whose key is the
 * SHA-256 of the signing key. Takes as long for a wrong one as for the right one.
 */
export function isSignedWith(signingKey: string, body: Buffer, signature: string): boolean {
  if (!looksSigned(signature)) return false;
  const key = createHash('sha256').update(signingKey, 'utf8').digest();
  const right = createHmac('sha256', key).update(body).digest();
  return timingSafeEqual(right, Buffer.from(signature, 'base64'));
}
