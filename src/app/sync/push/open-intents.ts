/** What was being made in ConnectWise when an earlier run was last heard of, and what may be that. */
import { isOlder } from '../../../domain/new-project.ts';
import { type CreatedKind, isCreated, naturalKeys } from '../../../domain/new-records.ts';
import type { PlanKind, PlanRecord } from '../../../domain/plan.ts';
import type { PsaRecord } from '../../../domain/psa-records.ts';
import type { Planner } from '../../../ports/planner.ts';

export type OpenIntent = {
  readonly record: PlanRecord;
  readonly at: Date;
  readonly naturalKey: string;
};

export async function openIntentsOf(
  planner: Pick<Planner, 'openIntents'>,
  projectId: string,
  kind: CreatedKind,
): Promise<readonly OpenIntent[]> {
  const records = await planner.openIntents(projectId, kind);
  return records.flatMap((record) => (record.intent ? [{ record, ...record.intent }] : []));
}

/** Whether a record that no pair has may be one of these. */
export function isOneOf(
  intents: readonly OpenIntent[],
  shown: Pick<PsaRecord, 'entered'> & object,
  kind: PlanKind,
): boolean {
  return intents.some((intent) => mayBe(intent, shown, kind));
}

/** By when it was made and by what it says; who made it is not looked at, since who cwsync is there is not known. */
export function mayBe(
  { at, naturalKey }: OpenIntent,
  shown: Pick<PsaRecord, 'entered'> & object,
  kind: PlanKind,
): boolean {
  if (!isCreated(kind)) return false;
  return !isOlder({ at }, shown) && keyOf(kind, shown) === naturalKey;
}

export function keyOf(kind: CreatedKind, record: object): string {
  const key: (record: never) => string = naturalKeys[kind];
  return key(record as never);
}
