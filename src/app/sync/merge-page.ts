import { FailureError } from '../../domain/failure.ts';
import type { ReferenceContext } from '../../domain/inbound-fields.ts';
import { type Fields, type PlanKind, type PlanRecord, psaKindOf } from '../../domain/plan.ts';
import { type FieldRule, type Merged, mergeFromPsa, newFromPsa } from '../../domain/reconcile.ts';
import type { SyncKind } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { LogEntry, LogStore } from '../../ports/log-store.ts';
import type { PlanCreate, Planner, PlanUpdate } from '../../ports/planner.ts';
import type { PsaPage } from '../../ports/psa.ts';

export type MergeDeps = {
  readonly planner: Planner;
  readonly log: Pick<LogStore, 'append'>;
  readonly ids: Ids;
  readonly clock: Clock;
};

/** What a run has done so far. */
export type Tally = { created: number; updated: number; skipped: number; conflicts: number; unseen: number };

export function createTally(): Tally {
  return { created: 0, updated: 0, skipped: 0, conflicts: 0, unseen: 0 };
}

export type PageMerge<R> = {
  readonly projectId: string;
  readonly kind: PlanKind;
  readonly fence: number;
  readonly runId: string;
  readonly mode: SyncKind;
  readonly rules: readonly FieldRule<R, ReferenceContext>[];
  readonly page: PsaPage<R>;
  /** The external ids that the page stands for: (after, to]. */
  readonly range: { readonly after: number; readonly to: number };
  readonly newId: (externalId: number) => string;
  readonly context: ReferenceContext;
};

type Record = { readonly id: number; readonly lastUpdated: string | null; readonly updatedBy: string | null };

/** Somebody else may write a record between our read and our write: then the page is read and merged again. */
const mergesAtMost = 3;

/** Merges one page of ConnectWise records into the plan, and logs what that changed. */
export async function mergePage<R extends Record>(
  deps: MergeDeps,
  tally: Tally,
  merge: PageMerge<R>,
): Promise<void> {
  const entries = new Map<number, LogEntry>();
  let unseen = 0;
  for (let round = 1; ; round += 1) {
    const known = await deps.planner.pairedInRange(
      merge.projectId,
      merge.kind,
      merge.range.after,
      merge.range.to,
    );
    unseen = countUnseen(known, merge.page);
    const page = await withoutRecordsOfOtherProjects(deps, merge, known, entries, round);
    const changes = reconcilePage({ ...merge, page }, known, deps.clock.now());
    const wrote = await write(deps, merge, changes);
    for (const change of changes.filter(isVisible))
      entries.set(change.externalId, entryOf(deps, merge, change));
    if (wrote.refused === 0) break;
    if (round === mergesAtMost)
      throw new FailureError({ code: 'sync.too-slow', entity: psaKindOf[merge.kind] });
  }
  for (const skipped of merge.page.skipped)
    entries.set(skipped.id ?? -entries.size, skippedEntry(deps, merge, skipped));
  await deps.log.append([...entries.values()]);
  countInto(tally, [...entries.values()]);
  tally.unseen += unseen;
}

type Change = {
  readonly externalId: number;
  readonly changedAt: Date;
  readonly changedBy: string;
  readonly merged: Merged;
  readonly before?: PlanRecord;
  readonly planId: string;
};

/** Bases that move because both sides came to the same value are nothing to tell. */
function isVisible({ before, merged }: Change): boolean {
  return !before || merged.changed.length > 0;
}

function reconcilePage<R extends Record>(
  merge: PageMerge<R>,
  known: readonly PlanRecord[],
  now: Date,
): readonly Change[] {
  const byExternalId = new Map(known.map((record) => [record.externalId, record]));
  return merge.page.items.flatMap((item): Change[] => {
    const before = byExternalId.get(item.id);
    const facts = {
      externalId: item.id,
      changedAt: item.lastUpdated === null ? now : new Date(item.lastUpdated),
      changedBy: `${item.updatedBy ?? 'someone'} in ConnectWise`,
    };
    if (!before) {
      const merged = newFromPsa(merge.rules, item, merge.context);
      return [{ ...facts, merged, planId: merge.newId(item.id) }];
    }
    const merged = mergeFromPsa(merge.rules, item, before, merge.context);
    return merged.write ? [{ ...facts, merged, before, planId: before.id }] : [];
  });
}

async function write<R>(deps: MergeDeps, merge: PageMerge<R>, changes: readonly Change[]) {
  if (changes.length === 0) return { refused: 0 };
  const create: PlanCreate[] = [];
  const update: PlanUpdate[] = [];
  for (const { externalId, merged, before, planId, changedAt, changedBy } of changes) {
    const { fields, base } = merged;
    const by = { changedAt, changedBy };
    const changed = merged.changed.length > 0 ? { changed: by } : {};
    if (before) update.push({ fields, base, ...changed, id: before.id, version: before.version });
    else create.push({ fields, base, ...by, id: planId, externalId });
  }
  const { projectId, kind, fence } = merge;
  return await deps.planner.apply({ projectId, kind, fence, create, update });
}

/**
 * A record that was moved here from another linked project is still paired there, and a ConnectWise record has
 * one pair: it is left where it is, and said so, instead of being made twice. Looked for only after a refusal.
 */
async function withoutRecordsOfOtherProjects<R extends Record>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  known: readonly PlanRecord[],
  entries: Map<number, LogEntry>,
  round: number,
): Promise<PsaPage<R>> {
  if (round === 1) return merge.page;
  const here = new Set(known.map(({ externalId }) => externalId));
  const unknown = merge.page.items.map(({ id }) => id).filter((id) => !here.has(id));
  const taken = await alreadyPaired(deps, merge.kind, unknown);
  for (const id of taken) {
    const reason = 'it is still in the plan of another project';
    entries.set(id, skippedEntry(deps, merge, { id, reason }));
  }
  return { ...merge.page, items: merge.page.items.filter(({ id }) => !taken.has(id)) };
}

/** Which of these have a pair in whatever project. */
export async function alreadyPaired(
  deps: MergeDeps,
  kind: PlanKind,
  externalIds: readonly number[],
): Promise<ReadonlySet<number>> {
  const paired = await deps.planner.pairedByExternalId(kind, externalIds);
  return new Set(paired.map(({ externalId }) => externalId));
}

function countUnseen<R extends Record>(known: readonly PlanRecord[], page: PsaPage<R>): number {
  const shown = new Set([...page.items.map(({ id }) => id), ...page.skipped.map(({ id }) => id)]);
  return known.filter(({ externalId }) => !shown.has(externalId)).length;
}

function countInto(tally: Tally, entries: readonly LogEntry[]): void {
  const count = (action: LogEntry['action']) => entries.filter((entry) => entry.action === action).length;
  tally.created += count('created');
  tally.updated += count('updated') + count('conflict');
  tally.skipped += count('skipped');
  tally.conflicts += count('conflict');
}

function entryBase<R>(deps: MergeDeps, merge: PageMerge<R>) {
  return {
    at: deps.clock.now(),
    direction: 'from ConnectWise',
    projectId: merge.projectId,
    runId: merge.runId,
    mode: merge.mode,
    entity: merge.kind,
  } as const;
}

function entryOf<R>(deps: MergeDeps, merge: PageMerge<R>, change: Change): LogEntry {
  const { merged, before, externalId, planId } = change;
  const base = { ...entryBase(deps, merge), planId, externalId };
  const name = nameOf(merged.fields);
  if (!before)
    return {
      ...base,
      severity: 'info',
      action: 'created',
      message: `${label(merge.kind)} “${name}” created`,
    };
  if (merged.conflicts.length > 0) {
    const both = merged.conflicts.map(
      ({ field, psa, plan }) => `${field}: plan ${shown(plan)}, ConnectWise ${shown(psa)}`,
    );
    const message = `${label(merge.kind)} “${name}” was edited on both sides; ConnectWise’s was taken (${both.join('; ')})`;
    return { ...base, severity: 'warning', action: 'conflict', message };
  }
  return {
    ...base,
    severity: 'info',
    action: 'updated',
    message: `${label(merge.kind)} “${name}” updated: ${merged.changed.join(', ')}`,
  };
}

function skippedEntry<R>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  skipped: { readonly id: number | null; readonly reason: string },
): LogEntry {
  return {
    ...entryBase(deps, merge),
    severity: 'warning',
    action: 'skipped',
    message: `${psaKindOf[merge.kind]} ${skipped.id === null ? 'without an id' : `#${skipped.id}`} skipped: ${skipped.reason}`,
    next: 'Look at the record in ConnectWise.',
    ...(skipped.id === null ? {} : { externalId: skipped.id }),
  };
}

const label = (kind: PlanKind): string => ({ project: 'Project', phase: 'Phase', task: 'Task' })[kind];
const shown = (value: unknown): string => cut(JSON.stringify(value), 80);

function nameOf(fields: Fields): string {
  const name = fields.name ?? fields.summary;
  return typeof name === 'string' ? cut(name, 120) : 'without a name';
}
