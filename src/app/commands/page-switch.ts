import type { Invocation } from './command.ts';

/** The switch by which the buttons of a list turn its pages. */
export const pageOption = { page: { type: 'string' } } as const;

/** A page past the end, of a list that has become shorter since its button was made, is the last one. */
export function lastPageAtMost(page: number, total: number, perPage: number): number {
  return Math.min(page, Math.max(1, Math.ceil(total / perPage)));
}

/** 1 for the first page; anything that is no page counts as the first. */
export function pageOf(invocation: Invocation): number {
  const page = Number(invocation.switches.page ?? 1);
  return Number.isInteger(page) && page >= 1 && page <= 100_000 ? page : 1;
}
