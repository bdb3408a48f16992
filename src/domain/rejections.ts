/** What ConnectWise did not take of a record, and when that is over. */
import type { Json } from './json.ts';
import { fieldsToWrite } from './outbound-fields.ts';
import type { PlanRecord, Rejected } from './plan.ts';
import type { Merged } from './reconcile.ts';

/** Said where ConnectWise answers that all is well and shows the old value. */
export const acceptedNotChanged = 'accepted but not changed';

/**
 * The rejections after a merge: of fields that are settled by now there are none; what the answer to a write shows
 * unchanged is one. Absent where they stay as they are.
 */
export function rejectedAfter(
  before: PlanRecord,
  { fields, base, untaken }: Pick<Merged, 'fields' | 'base' | 'untaken'>,
  at: Date,
): { readonly rejected?: Rejected | null } {
  const open = new Set(fieldsToWrite({ ...before, fields, base }));
  const kept = Object.entries(before.rejected?.fields ?? {}).filter(([field]) => open.has(field));
  const refused = untaken
    .filter((field) => open.has(field))
    .map((field) => [field, { value: fields[field] ?? null, words: acceptedNotChanged }]);
  return withRejections(before, Object.fromEntries([...kept, ...refused]), at);
}

type RejectedFields = Rejected['fields'];

function withRejections(before: PlanRecord, fields: RejectedFields, at: Date) {
  const names = Object.keys(fields);
  if (names.length === 0) return before.rejected ? { rejected: null } : {};
  const known = before.rejected?.fields ?? {};
  const same =
    names.length === Object.keys(known).length && names.every((name) => isKnown(before, name, fields));
  return same ? {} : { rejected: { at, fields } };
}

/** Whether the same value of the field was refused in the same words before: then it has been said already. */
function isKnown({ rejected }: PlanRecord, field: string, fields: RejectedFields): boolean {
  return JSON.stringify(rejected?.fields[field]) === JSON.stringify(fields[field]);
}

export type Refusal = { readonly field: string; readonly value: Json; readonly words: string };

/** The rejections with some more; `news` are those that were not known already. */
export function withRefusals(
  record: PlanRecord,
  refusals: readonly Refusal[],
  at: Date,
): { readonly rejected: Rejected; readonly news: readonly Refusal[] } {
  const added = Object.fromEntries(refusals.map(({ field, value, words }) => [field, { value, words }]));
  const fields = { ...record.rejected?.fields, ...added };
  return { rejected: { at, fields }, news: refusals.filter(({ field }) => !isKnown(record, field, fields)) };
}
