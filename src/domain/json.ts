/** Values as they are stored and compared: plain data without dates, functions or undefined. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Structural equality; the order of keys does not count. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isList(a) !== isList(b)) return false;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((value, i) => sameJson(value, b[i]));
  return sameEntries(a as { [key: string]: Json }, b as { [key: string]: Json });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function sameEntries(a: { readonly [key: string]: Json }, b: { readonly [key: string]: Json }): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key]));
}
