/** The one-time code that makes the first admin: made at start-up, typed in a chat, kept as a digest only. */
import { createHash } from 'node:crypto';

/** In milliseconds. */
export const claimValidMs = 900_000;
export const claimTriesAtMost = 5;

/** Without letters and digits that look alike. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const letters = 8;

/** @param bytes random ones, at least eight; each letter takes one */
export function claimCode(bytes: Uint8Array): string {
  const code = Array.from(bytes.subarray(0, letters), (byte) => alphabet[byte % alphabet.length]).join('');
  return `${code.slice(0, letters / 2)}-${code.slice(letters / 2)}`;
}

/** As it may be typed: in any case, with or without the dash. */
export function claimDigest(typed: string): string {
  const code = typed.toUpperCase().replace(/[^A-Z0-9]/gu, '');
  return createHash('sha256').update(code).digest('base64url');
}
