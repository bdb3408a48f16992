/**
 * A short word for what both sides of a pair showed when they last agreed. A whole reading of thousands of records
 * compares words instead of values: the same word means that nothing has to be written, and the record itself need
 * not be read. Two different values share a word once in some 10^28 times.
 */
import type { Bases } from './plan.ts';

export function fingerprintOf({ psa, plan }: Bases): string {
  // In the order of the rules that made them, which is also the order in which they are stored.
  return hash(`${JSON.stringify(psa)}${JSON.stringify(plan)}`);
}

/**
 * Twice 53 bits by four multiplications a character; source: the public-domain cyrb53, with two seeds in one pass.
 */
export function hash(text: string): string {
  let h1 = 0x40da_c7c6;
  let l1 = 0xdf1b_17ee | 0;
  let h2 = 0x5bc0_9054;
  let l2 = 0xc407_2845 | 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    h1 = Math.imul(h1 ^ code, 2_654_435_761);
    l1 = Math.imul(l1 ^ code, 1_597_334_677);
    h2 = Math.imul(h2 ^ code, 2_246_822_507);
    l2 = Math.imul(l2 ^ code, 3_266_489_909);
  }
  return `${mixed(h1, l1)}${mixed(h2, l2)}`;
}

function mixed(first: number, second: number): string {
  const high =
    Math.imul(first ^ (first >>> 16), 2_246_822_507) ^ Math.imul(second ^ (second >>> 13), 3_266_489_909);
  const low =
    Math.imul(second ^ (second >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(36).padStart(11, '0');
}
