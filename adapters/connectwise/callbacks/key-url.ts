/**
 * Where the key that a callback is signed with may be fetched from. The address stands in the callback itself, which
 * nobody has verified yet: whoever could name any address could sign with a key of their own, or send cwsync's
 * requests into the company's network. And on the vendor's hosts every customer has keys: only those of this company
 * count.
 */

const vendorRegions = ['na', 'eu', 'au', 'aus', 'za'] as const;
const vendorHosts: ReadonlySet<string> = new Set([
  ...vendorRegions.flatMap((region) =>
    ['', 'api-', 'sandbox-'].map((prefix) => `${prefix}${region}.myconnectwise.net`),
  ),
  'staging.connectwisedev.com',
  'api-staging.connectwisedev.com',
]);

/** Below whatever codebase; the vendor writes two slashes after it. Seen in a recorded callback. */
const keyPath = /^(?:\/+[\w.-]+)*\/+system\/callbackkey\/index\.rails$/iu;
const longestChars = 1_000;

export type KeyUrlRules = {
  /** Of the configured ConnectWise, of its API and of its pages: `CONNECTWISE_URL`, `CONNECTWISE_UI_URL`. */
  readonly urls: readonly string[];
  readonly companyId: string;
};

/** @returns undefined for an address that must not be asked */
export function allowedKeyUrl(text: string, { urls, companyId }: KeyUrlRules): URL | undefined {
  const url = text.length <= longestChars ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  const ours = urls.some((configured) => URL.parse(configured)?.origin === url.origin);
  const vendors = url.protocol === 'https:' && url.port === '' && vendorHosts.has(url.hostname);
  if (!(ours || vendors) || !keyPath.test(url.pathname)) return undefined;
  return isOfCompany(url, companyId) ? url : undefined;
}

/** Names of parameters have no case there, and of two with one name nobody knows which one counts. */
function isOfCompany(url: URL, companyId: string): boolean {
  const names = [...url.searchParams].filter(([name]) => name.toLowerCase() === 'companyname');
  return names.length === 1 && names[0]?.[1].toLowerCase() === companyId.toLowerCase();
}
