/**
 * Where ConnectWise is. The API's path holds the codebase of the tenant, `/v2025_1/apis/3.0`, which changes when
 * the vendor upgrades it; `/v4_6_release/apis/3.0` is its alias on most. The address is configuration, and thus a
 * way to make cwsync send keys somewhere: plain HTTP is for this machine only.
 */

import { z } from 'zod';

export type ApiAddress = {
  readonly origin: string;
  /** What stands before the codebase, as behind a reverse proxy; usually empty, never ends in a slash. */
  readonly prefix: string;
  /** Without slashes, e.g. `v4_6_release`. */
  readonly codebase: string;
};

export const defaultCodebase = 'v4_6_release';

const codebasePattern = /^v\d[A-Za-z0-9_.]*$/;

/** @throws TypeError with a message for the operator; it holds no credential of the URL */
export function parseAddress(text: string): ApiAddress {
  const url = URL.parse(text);
  if (url === null)
    throw new TypeError('The ConnectWise URL is not a URL, e.g. https://api-na.myconnectwise.net');
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('The ConnectWise URL must not hold a user name or password.');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new TypeError(`The ConnectWise URL must begin with https:// (host ${url.hostname}).`);
  }
  if (url.search !== '' || url.hash !== '') {
    throw new TypeError('The ConnectWise URL must end with its path: no "?" and no "#".');
  }
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  if (segments.slice(-2).join('/').toLowerCase() === 'apis/3.0') segments.splice(-2);
  const last = segments.at(-1);
  const codebase = last !== undefined && codebasePattern.test(last) ? last : defaultCodebase;
  if (codebase === last) segments.pop();
  return { origin: url.origin, prefix: segments.map((segment) => `/${segment}`).join(''), codebase };
}

/** @param path begins with a slash, e.g. `/project/projects` */
export function apiUrl(address: ApiAddress, path: string): URL {
  return new URL(`${address.origin}${address.prefix}/${address.codebase}/apis/3.0${path}`);
}

/** Where the codebase is looked up; needs no keys, so none are sent. */
export function companyInfoUrl(address: ApiAddress, companyId: string): URL {
  return new URL(`${address.origin}${address.prefix}/login/companyinfo/${encodeURIComponent(companyId)}`);
}

const companyInfoSchema = z.object({ Codebase: z.string() }).nullable();

/**
 * @param body the parsed answer of the look-up
 * @returns the codebase; `unknown-company` where ConnectWise answers `null`; null where it cannot be read
 */
export function readCodebase(body: unknown): { readonly codebase: string } | 'unknown-company' | null {
  const info = companyInfoSchema.safeParse(body);
  if (!info.success) return null;
  if (info.data === null) return 'unknown-company';
  const codebase = info.data.Codebase.replace(/^\/+|\/+$/g, '');
  return codebasePattern.test(codebase) ? { codebase } : null;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
