/** What is about to be sent of a record, in the form in which ConnectWise would show it, and what that overwrites. */
import type { ReferenceContext } from '../../../domain/inbound-fields.ts';
import { sameJson } from '../../../domain/json.ts';
import type { PatchedKind } from '../../../domain/outbound-fields.ts';
import type { Fields, PairedRecord } from '../../../domain/plan.ts';
import { rulesFor } from './rules-for.ts';
import type { Overwritten } from './written-entries.ts';

export type SentRecord = {
  readonly record: PairedRecord;
  readonly sent: Fields;
  /** Values that somebody put into ConnectWise since both sides last agreed. */
  readonly overwritten: readonly Overwritten[];
};

export function sentOf(
  kind: PatchedKind,
  record: PairedRecord,
  shown: object,
  changes: readonly { readonly field: string; readonly change: object }[],
  context: ReferenceContext,
): SentRecord {
  const after = Object.assign({}, shown, ...changes.map(({ change }) => change)) as object;
  const fields = new Set(changes.map(({ field }) => field));
  const sent: Record<string, Fields[string]> = {};
  const overwritten: Overwritten[] = [];
  for (const { field, psa, toPlan, samePsa = sameJson } of rulesFor[kind]) {
    if (!fields.has(field)) continue;
    sent[field] = psa(after, context);
    const now = psa(shown, context);
    if (samePsa(now, record.base.psa[field]) || samePsa(now, sent[field])) continue;
    overwritten.push({ field, psa: toPlan(now, context), plan: record.fields[field] ?? null });
  }
  return { record, sent, overwritten };
}
