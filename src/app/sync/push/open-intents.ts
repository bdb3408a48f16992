/** What was being made in ConnectWise when an earlier run was last heard of, and what may be that. */
import type { ReferenceContext } from '../../../domain/inbound-fields.ts';
import { isOlder } from '../../../domain/new-project.ts';
import { type CreatedKind, isCreated, naturalKeys } from '../../../domain/new-records.ts';
import type { PlanKind, PlanRecord } from '../../../domain/plan.ts';
import type { PsaRecord } from '../../../domain/psa-records.ts';
import { agreement, sharesItsKey } from '../../../domain/unanswered.ts';
import type { SyncDeps } from '../run.ts';
import { rulesFor } from './rules-for.ts';

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
  projectId: string | null,
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

/** Ids of those records, which no pair has, that may be one of these. */
export function thoseOf(
  intents: readonly OpenIntent[],
  shown: readonly (Shown & Pick<PsaRecord, 'id'>)[],
  kind: PlanKind,
): ReadonlySet<number> {
  return new Set(shown.filter((one) => isOneOf(intents, one, kind)).map(({ id }) => id));
}

/** By when it was made and by what it says; who made it is not looked at, since that may not be known. */
export function isAlike({ at, naturalKey }: OpenIntent, shown: Shown, kind: CreatedKind): boolean {
  return !isOlder({ at }, shown) && keyOf(kind, shown) === naturalKey;
}

/** By when it was made and by whom, whatever somebody has made of it since. */
export function isOurs({ at, by }: OpenIntent, shown: Shown): boolean {
  return by !== null && shown.entered?.by === by && !isOlder({ at }, shown);
}

/** How much of what was sent is left of a record of ours; undefined where it is none of this intent. */
export function likeness(
  intent: OpenIntent,
  shown: Shown,
  kind: CreatedKind,
  context: ReferenceContext,
): number | undefined {
  if (!isOurs(intent, shown) || !sharesItsKey(kind, intent.naturalKey, keyOf(kind, shown))) return undefined;
  const { intent: written, fields } = intent.record;
  return agreement(rulesFor[kind], written?.sent ?? fields, shown, context);
}

export function keyOf(kind: CreatedKind, record: object): string {
  const key: (record: never) => string = naturalKeys[kind];
  return key(record as never);
}
