/** What was being made in ConnectWise when an earlier run was last heard of, and what may be that. */
import { isOlder } from '../../../domain/new-project.ts';
import { type CreatedKind, isCreated, naturalKeys } from '../../../domain/new-records.ts';
import type { PlanKind, PlanRecord } from '../../../domain/plan.ts';
import type { PsaRecord } from '../../../domain/psa-records.ts';
import type { SyncDeps } from '../run.ts';

export type OpenIntent = {
  readonly record: PlanRecord;
  readonly at: Date;
  readonly naturalKey: string;
  /** Who cwsync is in ConnectWise; null where no process has learned it yet. */
  readonly by: string | null;
};

type Shown = Pick<PsaRecord, 'entered'> & object;

export async function openIntentsOf(
  { planner, writes }: Pick<SyncDeps, 'planner' | 'writes'>,
  projectId: string,
  kind: CreatedKind,
): Promise<readonly OpenIntent[]> {
  const records = await planner.openIntents(projectId, kind);
  if (records.length === 0) return [];
  const by = await writes.ownMember();
  return records.flatMap((record) => (record.intent ? [{ record, by, ...record.intent }] : []));
}

/** Whether a record that no pair has may be one of these: then it is not imported. */
export function isOneOf(intents: readonly OpenIntent[], shown: Shown, kind: PlanKind): boolean {
  return isCreated(kind) && intents.some((intent) => isAlike(intent, shown, kind) || isOurs(intent, shown));
}

/** By when it was made and by what it says; who made it is not looked at, since that may not be known. */
export function isAlike({ at, naturalKey }: OpenIntent, shown: Shown, kind: CreatedKind): boolean {
  return !isOlder({ at }, shown) && keyOf(kind, shown) === naturalKey;
}

/** By when it was made and by whom, whatever somebody has made of it since. */
export function isOurs({ at, by }: OpenIntent, shown: Shown): boolean {
  return by !== null && shown.entered?.by === by && !isOlder({ at }, shown);
}

export function keyOf(kind: CreatedKind, record: object): string {
  const key: (record: never) => string = naturalKeys[kind];
  return key(record as never);
}
