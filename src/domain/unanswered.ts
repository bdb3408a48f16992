/**
 * Which record in the PSA is the one whose making was not answered, when somebody has changed what would tell it from
 * others since: judged by what is left of it, and only where nothing else could be meant (sync.md, "Create").
 */
import { sameJson } from './json.ts';
import type { CreatedKind } from './new-records.ts';
import type { Fields } from './plan.ts';
import type { FieldRule } from './reconcile.ts';

/** Their natural key is one text and says nothing else. */
const knownByText: ReadonlySet<CreatedKind> = new Set(['phase', 'projectNote', 'ticketNote']);

/** Whether at least a part of the natural key is as it was: what shares none is another record. */
export function sharesItsKey(kind: CreatedKind, key: string, other: string): boolean {
  if (knownByText.has(kind)) return true;
  const [parts, others] = [partsOf(kind, key), partsOf(kind, other)];
  return parts.some((part, at) => part !== '' && part === others[at]);
}

function partsOf(kind: CreatedKind, key: string): readonly string[] {
  const [first = '', ...rest] = key.split('|');
  return kind === 'task' ? [first, rest.join('|')] : [first, ...rest];
}

/** In how many of the values that were sent the record is still as it was sent. */
export function agreement<R, C>(
  rules: readonly FieldRule<R, C>[],
  sent: Fields,
  shown: R,
  context: C,
): number {
  return rules.filter(({ field, psa, toPlan, derived, samePsa = sameJson, samePlan = samePsa }) => {
    const value = sent[field] ?? null;
    return !derived && value !== null && samePlan(value, toPlan(psa(shown, context), context));
  }).length;
}

export type Recognised<I, S> = {
  readonly found: ReadonlyMap<I, S>;
  /** Of the rest: the records that each may be. Whoever is not in here is none of them. */
  readonly unclear: ReadonlyMap<I, readonly S[]>;
};

/**
 * Pairs intents with records where each is the other's best, with nothing as good beside it.
 * @param likeness undefined: not that one; else the more the likelier
 */
export function recognise<I, S>(
  intents: readonly I[],
  shown: readonly S[],
  likeness: (intent: I, shown: S) => number | undefined,
): Recognised<I, S> {
  const found = new Map<I, S>();
  for (let isNews = true; isNews; ) {
    const open = intents.filter((intent) => !found.has(intent));
    const taken = new Set(found.values());
    const free = shown.filter((one) => !taken.has(one));
    const next = open.flatMap((intent) => {
      const best = onlyBest(free, (one) => likeness(intent, one));
      if (best === undefined) return [];
      return onlyBest(open, (other) => likeness(other, best)) === intent ? [[intent, best] as const] : [];
    });
    for (const [intent, best] of next) found.set(intent, best);
    isNews = next.length > 0;
  }
  const taken = new Set(found.values());
  const left = intents.flatMap((intent) => {
    if (found.has(intent)) return [];
    const maybe = shown.filter((one) => !taken.has(one) && likeness(intent, one) !== undefined);
    return maybe.length > 0 ? [[intent, maybe] as const] : [];
  });
  return { found, unclear: new Map(left) };
}

/** Undefined where several are as good, or none is any. */
function onlyBest<T>(all: readonly T[], worth: (one: T) => number | undefined): T | undefined {
  let best: T | undefined;
  let most = -1;
  for (const one of all) {
    const value = worth(one) ?? -1;
    if (value === most) best = undefined;
    if (value <= most) continue;
    [best, most] = [one, value];
  }
  return best;
}
