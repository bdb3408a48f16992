/**
 * Merges one page of ConnectWise records into the plan, and logs what that changed.
 *
 * Hard cases: somebody edits a record between our read and our write (read and merge again, at most three times,
 * then leave it to the next run); a record that the plan knows in another project (moved in ConnectWise, or left
 * behind by a project that was disconnected); one that was deleted here and shows up again; one that waits for a
 * person's answer; and a run that is not the latest any more, which must write nothing at all.
 */
import { FailureError } from '../../domain/failure.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import { type PairedRecord, planWords } from '../../domain/plan.ts';
import { basesOf, mergeFromPsa, newFromPsa } from '../../domain/reconcile.ts';
import type { LogEntry } from '../../ports/log-store.ts';
import type { PlanCreate, PlanMark, PlanUpdate } from '../../ports/planner.ts';
import { adoptFromElsewhere } from './adopt.ts';
import { changedEntry, countInto, keptOutEntry, skippedEntry, unsettledEntry } from './log-entries.ts';
import type { Change, MergeDeps, PageMerge, PageMerged, PsaRow } from './page-merge.ts';
import { unsettledRuns } from './run.ts';
import { RunStopped } from './run-control.ts';

/** Somebody else may write a record between our read and our write: then the page is read and merged again. */
const mergesAtMost = 3;

export async function mergePage<R extends PsaRow>(deps: MergeDeps, merge: PageMerge<R>): Promise<PageMerged> {
  const entries = new Map<string, LogEntry>();
  const told = new Set<string>();
  for (let round = 1; ; round += 1) {
    const joined = await joinWithPlan(deps, merge, entries);
    const changes = await reconcilePage(deps, merge, joined, entries);
    await tellConflicts(deps, merge, changes, told);
    const refused = await write(deps, merge, changes);
    for (const change of changes) tell(deps, merge, change, entries);
    if (refused > 0 && round < mergesAtMost) continue;
    const unsettled = refused > 0 ? await leaveToTheNextRun(deps, merge, entries) : [];
    return { ...(await finish(deps, merge, entries, told)), missing: joined.missing, unsettled };
  }
}

/**
 * Before it is overwritten: a process that dies between the write and the line would take a person's edit with it
 * and leave no trace.
 */
async function tellConflicts<R>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  changes: readonly Change[],
  told: Set<string>,
): Promise<void> {
  const now = deps.clock.now();
  const lines = changes
    .filter(({ before, merged }) => before && merged.conflicts.length > 0)
    .map((change) => changedEntry(now, merge, change))
    .filter((entry) => !told.has(lineOf(entry)));
  if (lines.length === 0) return;
  await deps.log.append(lines);
  for (const entry of lines) told.add(lineOf(entry));
}

const lineOf = ({ externalId, message }: LogEntry): string => `${externalId} ${message}`;

/** Bases that move because both sides came to the same value are nothing to tell. */
function tell<R>(deps: MergeDeps, merge: PageMerge<R>, change: Change, entries: Map<string, LogEntry>): void {
  const { before, merged, externalId } = change;
  const isVisible = !before || before.deleted !== undefined || merged.changed.length > 0;
  if (isVisible) entries.set(String(externalId), changedEntry(deps.clock.now(), merge, change));
  // An earlier round may have said more than it could write.
  else entries.delete(String(externalId));
}

async function finish<R extends PsaRow>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  entries: Map<string, LogEntry>,
  told: ReadonlySet<string>,
): Promise<Pick<PageMerged, 'touched'>> {
  const touched = [...entries.values()].flatMap(({ externalId }) => externalId ?? []);
  for (const [index, skipped] of merge.page.skipped.entries()) {
    entries.set(`skipped ${skipped.id ?? `row ${index}`}`, skippedEntry(deps.clock.now(), merge, skipped));
  }
  await deps.log.append([...entries.values()].filter((entry) => !told.has(lineOf(entry))));
  countInto(merge.writer.tally, [...entries.values()]);
  return { touched };
}

type Known = ReadonlyMap<number, PairedRecord>;

type Joined<R> = {
  /** What the plan knows of `items`, those moved here by now among them. */
  readonly here: Known;
  /** The page's records without those that show what both sides last agreed on. */
  readonly items: readonly R[];
  readonly missing: readonly number[];
};

async function joinWithPlan<R extends PsaRow>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  entries: Map<string, LogEntry>,
): Promise<Joined<R>> {
  const { writer, kind, page } = merge;
  const { unchanged, missing } = await glanceOver(deps, merge);
  const items = page.items.filter(({ id }) => !unchanged.has(id));
  const here = new Map<number, PairedRecord>();
  if (items.length > 0) {
    const found = await deps.planner.pairedByExternalId(
      kind,
      items.map(({ id }) => id),
    );
    const elsewhere = found.filter(({ projectId }) => projectId !== writer.projectId);
    const adopted = elsewhere.length > 0 ? await adoptFromElsewhere(deps, writer, elsewhere, entries) : [];
    const mine = found.filter(({ projectId }) => projectId === writer.projectId);
    for (const record of [...mine, ...adopted]) here.set(record.externalId, record);
  }
  return { here, items, missing };
}

/** Of a reading of everything: which records need no second look, and which are missing. */
async function glanceOver<R extends PsaRow>(
  deps: MergeDeps,
  { writer, kind, page, range, rules, context, onKnown }: PageMerge<R>,
): Promise<{ readonly unchanged: ReadonlySet<number>; readonly missing: readonly number[] }> {
  if (!range) return { unchanged: new Set(), missing: [] };
  const glances = await deps.planner.glanceInRange(writer.projectId, kind, range, range.parents);
  const fingerprints = new Map(glances.map(({ externalId, fingerprint }) => [externalId, fingerprint]));
  const isUnchanged = (item: R): boolean => {
    const known = fingerprints.get(item.id);
    // Rules that must know every record of the page are not spared any.
    if (known === undefined || onKnown) return false;
    return known === fingerprintOf(basesOf(rules, item, context));
  };
  const shown = new Set([...page.items.map(({ id }) => id), ...page.skipped.map(({ id }) => id)]);
  const missing = glances.filter(({ externalId, deleted }) => !deleted && !shown.has(externalId));
  return {
    unchanged: new Set(page.items.filter(isUnchanged).map(({ id }) => id)),
    missing: missing.map(({ externalId }) => externalId),
  };
}

async function reconcilePage<R extends PsaRow>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  { here, items }: Joined<R>,
  entries: Map<string, LogEntry>,
): Promise<readonly Change[]> {
  const { kind, writer } = merge;
  const unknown = items.map(({ id }) => id).filter((id) => !here.has(id));
  const former =
    unknown.length > 0 ? await deps.planner.formerlyPaired(writer.projectId, kind, unknown) : new Map();
  merge.onKnown?.(here, new Set(former.keys()));
  const now = deps.clock.now();
  return items.flatMap((item): Change[] => {
    const before = here.get(item.id);
    if (before) return changeOf(merge, item, before, now);
    if (!former.has(item.id)) return [creationOf(deps, merge, item, now)];
    // Said once for each change in ConnectWise, not with every comprehensive sync.
    if (!merge.range) entries.set(`kept out ${item.id}`, keptOutEntry(now, merge, item.id));
    return [];
  });
}

function factsOf<R extends PsaRow>(merge: PageMerge<R>, item: R, now: Date) {
  const parentId = merge.parentId?.(item);
  return {
    externalId: item.id,
    changedAt: item.lastUpdated === null ? now : new Date(item.lastUpdated),
    changedBy: `${item.updatedBy ?? 'someone'} in ConnectWise`,
    ...(parentId === undefined ? {} : { parentId }),
  };
}

function creationOf<R extends PsaRow>(deps: MergeDeps, merge: PageMerge<R>, item: R, now: Date): Change {
  const merged = newFromPsa(merge.rules, item, merge.context);
  return { ...factsOf(merge, item, now), merged, planId: merge.newId?.(item.id) ?? deps.ids.next() };
}

function changeOf<R extends PsaRow>(merge: PageMerge<R>, item: R, before: PairedRecord, now: Date): Change[] {
  const merged = mergeFromPsa(merge.rules, item, before, merge.context);
  // Deleted in the plan it stays so, unless somebody has edited it in ConnectWise since.
  if (before.deleted?.reason === 'deleted in the plan' && !merged.psaChanged) return [];
  const facts = factsOf(merge, item, now);
  const marked = before.deleted ?? before.frozen ?? before.unsettled;
  if (!merged.write && !marked) return [];
  return [{ ...facts, merged, before, planId: before.id }];
}

/** @returns how many were refused because somebody else wrote them meanwhile */
async function write<R>(deps: MergeDeps, merge: PageMerge<R>, changes: readonly Change[]): Promise<number> {
  if (changes.length === 0) return 0;
  const create: PlanCreate[] = [];
  const update: PlanUpdate[] = [];
  for (const { externalId, merged, before, planId, parentId, changedAt, changedBy } of changes) {
    const { fields, base } = merged;
    const by = { changedAt, changedBy };
    const parent = parentId === undefined ? {} : { parentId };
    const changed = merged.changed.length > 0 ? { changed: by } : {};
    const hangsOn = merge.parentId ? { parentId: parentId ?? null } : {};
    if (before) update.push({ fields, base, ...hangsOn, ...changed, id: before.id, version: before.version });
    else create.push({ fields, base, ...parent, ...by, id: planId, externalId });
  }
  const { projectId, lane, fence } = merge.writer;
  const applied = await deps.planner.apply({ projectId, lane, fence, kind: merge.kind, create, update });
  if (applied.result === 'stale') throw new RunStopped('lease-lost');
  return applied.refused;
}

/**
 * Three times somebody was faster. What would still have to be written is marked, and the next run, which this
 * one asks for, reads it by id whatever the watermarks say.
 */
async function leaveToTheNextRun<R extends PsaRow>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  entries: Map<string, LogEntry>,
): Promise<readonly number[]> {
  const { projectId, lane, fence } = merge.writer;
  const joined = await joinWithPlan(deps, merge, entries);
  const left = await reconcilePage(deps, merge, joined, entries);
  const mark = left.map(({ before }): PlanMark => {
    // A record that cannot even be made is nothing that a mark could remember.
    if (!before) throw new FailureError({ code: 'sync.too-slow', entity: planWords[merge.kind].psa });
    return {
      id: before.id,
      version: before.version,
      mark: {
        unsettled: { reason: 'it was edited while it was synced', runs: unsettledRuns(before, fence) },
      },
    };
  });
  const marked = await deps.planner.apply({
    projectId,
    lane,
    fence,
    kind: merge.kind,
    create: [],
    update: [],
    mark,
  });
  if (marked.result === 'stale') throw new RunStopped('lease-lost');
  if (marked.refused > 0)
    throw new FailureError({ code: 'sync.too-slow', entity: planWords[merge.kind].psa });
  for (const { externalId } of left) {
    entries.set(String(externalId), unsettledEntry(deps.clock.now(), merge, externalId));
  }
  return left.map(({ externalId }) => externalId);
}
