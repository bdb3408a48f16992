/** What a first import costs, and how long it has still to go: reckoned, and told as "about". */

/**
 * Requests of a first import, measured against the simulator: reading the set-up tables, then for each project one
 * for itself and each of its six kinds, and more pages of tickets and of what belongs to them. Notes of tickets come
 * later, behind everything else.
 */
export const firstImportRequests = { setUpTables: 12, perProject: 7, ticketsPerRequest: 125 } as const;
/** Where the number of tickets is not known. */
const ticketsOfAProject = 50;

export type ImportCost = { readonly requests: number; readonly ms: number };

/** @param perSecond requests a second that the integration allows itself */
export function firstImportCost(
  { projects, tickets }: { readonly projects: number; readonly tickets: number | null },
  perSecond: number,
): ImportCost {
  const { setUpTables, perProject, ticketsPerRequest } = firstImportRequests;
  const pages = Math.ceil((tickets ?? projects * ticketsOfAProject) / ticketsPerRequest);
  const requests = setUpTables + projects * perProject + pages;
  return { requests, ms: (requests / perSecond) * 1_000 };
}

/** So few tell nothing of the pace. */
const fewest = 3;

/** By the pace so far; undefined while that tells nothing. */
export function importTimeLeftMs(
  { done, left }: { readonly done: number; readonly left: number },
  elapsedMs: number,
): number | undefined {
  if (left === 0) return 0;
  return done < fewest || elapsedMs <= 0 ? undefined : (elapsedMs / done) * left;
}

/** Two digits count: 1,893 is about 1,900. */
export function aboutNumber(value: number): number {
  if (value < 100) return Math.round(value);
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.round(value / unit) * unit;
}
