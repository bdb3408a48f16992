import type { Invocation } from './command.ts';

/** The switch by which the buttons of a list turn its pages. */
export const pageOption = { page: { type: 'string' } } as const;

/** 1 for the first page; anything that is no page counts as the first. */
export function pageOf(invocation: Invocation): number {
  const page = Number(invocation.switches.page ?? 1);
  return Number.isInteger(page) && page >= 1 && page <= 100_000 ? page : 1;
}
