/** What the next sync of a project would write to ConnectWise once that is switched on. */
import { isPaired, type PairedRecord, planKinds } from '../domain/plan.ts';
import { editedFields, type PlanEditedField } from '../domain/plan-edits.ts';
import type { Planner } from '../ports/planner.ts';

export type PreviewedRecord = { readonly record: PairedRecord; readonly edited: readonly PlanEditedField[] };

export type Preview = {
  readonly records: readonly PreviewedRecord[];
  /** Records that are in the plan only and were edited there: ConnectWise has none of them to change. */
  readonly planOnly: number;
  /** There were more edited records than are looked at. */
  readonly more: boolean;
};

/** Of each kind: who has edited more has to look at it in ConnectWise anyway. */
export const editsLookedAt = 500;

/** In order of kind, then of id. Frozen records wait for an answer: nothing of them is written. */
export async function previewOf(planner: Pick<Planner, 'editedSince'>, projectId: string): Promise<Preview> {
  const pages = await Promise.all(
    planKinds.map((kind) => planner.editedSince(projectId, kind, 0, { limit: editsLookedAt + 1 })),
  );
  const seen = pages.flatMap((page) => page.slice(0, editsLookedAt));
  const records = seen
    .filter(isPaired)
    .filter(({ frozen }) => frozen === undefined)
    .map((record) => ({ record, edited: editedFields(record) }))
    .filter(({ edited }) => edited.length > 0);
  return {
    records,
    planOnly: seen.filter((record) => !isPaired(record)).length,
    more: pages.some((page) => page.length > editsLookedAt),
  };
}
