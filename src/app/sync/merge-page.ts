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
import { fieldsToWrite } from '../../domain/outbound-fields.ts';
import { type PairedRecord, planWords } from '../../domain/plan.ts';
import { basesOf, type Merged, mergeFromPsa, newFromPsa } from '../../domain/reconcile.ts';
import { rejectedAfter } from '../../domain/rejections.ts';
import type { LogEntry } from '../../ports/log-store.ts';
import type { FormerPair, PlanCreate, PlanMark, PlanUpdate } from '../../ports/planner.ts';
import { adoptFromElsewhere } from './adopt.ts';
import { changedEntry, countInto, keptOutEntry, skippedEntry, unsettledEntry } from './log-entries.ts';
import type { Change, MergeDeps, PageMerge, PageMerged, PsaRow } from './page-merge.ts';
import { writtenEntry } from './push/written-entries.ts';
import { unsettledRuns } from './run.ts';
import { RunStopped } from './run-control.ts';

/** Somebody else may write a record between our read and our write: then the page is read and merged again. */
const mergesAtMost = 3;

/** The lines of a page that were stored with the writes that they tell of, by what they are about. */
type PageLines = Map<string, LogEntry>;

export async function mergePage<R extends PsaRow>(deps: MergeDeps, merge: PageMerge<R>): Promise<PageMerged> {
  const lines: PageLines = new Map();
  for (let round = 1; ; round += 1) {
    const joined = await joinWithPlan(deps, merge, lines);
    const reconciled = await reconcilePage(deps, merge, joined);
    const refused = await write(deps, merge, reconciled, lines);
    if (refused > 0 && round < mergesAtMost) continue;
    const unsettled = refused > 0 ? await leaveToTheNextRun(deps, merge, lines) : [];
    return { ...(await finish(deps, merge, lines)), missing: joined.missing, unsettled };
  }
}

/** Bases that move because both sides came to the same value are nothing to tell. */
function lineOf<R>(deps: MergeDeps, merge: PageMerge<R>, change: Change): LogEntry | undefined {
  const { before, merged } = change;
  // That a deletion was taken back is what people must hear of, whatever of ours was seen with it.
  const seen = merged.written.length + merged.normalised.length + merged.untaken.length;
  if (seen > 0 && !before?.deleted) {
    return writtenEntry(deps.clock.now(), merge, change);
  }
  const isVisible = !before || before.deleted !== undefined || merged.changed.length > 0;
  return isVisible ? changedEntry(deps.clock.now(), merge, change) : undefined;
}

async function finish<R extends PsaRow>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  lines: PageLines,
): Promise<Pick<PageMerged, 'touched'>> {
  const skipped = merge.page.skipped.map((one) => skippedEntry(deps.clock.now(), merge, one));
  await deps.log.append(skipped);
  countInto(merge.writer.tally, [...lines.values(), ...skipped]);
  return { touched: [...lines.values()].flatMap(({ externalId }) => externalId ?? []) };
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
  lines: PageLines,
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
    const adopted = elsewhere.length > 0 ? await adoptFromElsewhere(deps, writer, elsewhere, lines) : [];
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

type Reconciled = {
  readonly changes: readonly Change[];
  /** Records of which is said now, and remembered, that ConnectWise shows what they once were again. */
  readonly keptOut: readonly PlanMark[];
};

async function reconcilePage<R extends PsaRow>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  { here, items }: Joined<R>,
): Promise<Reconciled> {
  const { kind, writer } = merge;
  const unknown = items.map(({ id }) => id).filter((id) => !here.has(id));
  const former: ReadonlyMap<number, FormerPair> =
    unknown.length > 0 ? await deps.planner.formerlyPaired(writer.projectId, kind, unknown) : new Map();
  merge.onKnown?.(here, new Set(former.keys()));
  const outOfPlace = await merge.outOfPlace?.([...here.values()]);
  const news = items.filter(({ id }) => !here.has(id) && !former.has(id));
  const ours = news.length > 0 ? await merge.mayBeOurs?.(news) : undefined;
  const now = deps.clock.now();
  const changes: Change[] = [];
  const keptOut: PlanMark[] = [];
  for (const item of items) {
    const before = here.get(item.id);
    const kept = former.get(item.id);
    if (before) changes.push(...changeOf(merge, item, { before, lost: outOfPlace?.get(before.id) }, now));
    else if (kept) {
      // Once for each change in ConnectWise, not with every comprehensive sync.
      const isSaid = kept.formerSaid === (item.lastUpdated ?? '');
      if (!isSaid) keptOut.push(keptOutMark(now, merge, item, kept));
    } else if (!ours?.has(item.id)) changes.push(creationOf(deps, merge, item, now));
  }
  return { changes, keptOut };
}

function keptOutMark<R extends PsaRow>(
  now: Date,
  merge: PageMerge<R>,
  shown: R,
  { id, version }: FormerPair,
): PlanMark {
  const mark = { formerSaid: shown.lastUpdated ?? '' };
  return { id, version, mark, line: keptOutEntry(now, merge, shown.id) };
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

type KnownRecord = {
  readonly before: PairedRecord;
  /** Fields of which its value means nothing any more. */
  readonly lost: ReadonlySet<string> | undefined;
};

function changeOf<R extends PsaRow>(
  merge: PageMerge<R>,
  item: R,
  { before, lost }: KnownRecord,
  now: Date,
): Change[] {
  const { planWins, answersTo } = merge;
  const answerTo = answersTo?.get(item.id);
  const merged = mergeFromPsa(merge.rules, item, before, merge.context, {
    ...(planWins ? { planWins } : {}),
    ...(lost ? { lost } : {}),
    ...(answerTo ? { answerTo } : {}),
    updatedBy: item.updatedBy,
  });
  // Deleted in the plan it stays so, unless somebody has edited it in ConnectWise since.
  if (before.deleted?.reason === 'deleted in the plan' && !merged.psaChanged) return [];
  if (!before.frozen && isAhead(before, merged)) merge.onAhead?.(item.id, merged.psaChanged);
  const facts = factsOf(merge, item, now);
  const marked = before.deleted ?? before.frozen ?? before.unsettled;
  const answered = answerTo !== undefined && before.sent !== undefined;
  if (!merged.write && !marked && !answered) return [];
  return [{ ...facts, merged, before, planId: before.id }];
}

function isAhead(before: PairedRecord, { fields, base }: Merged): boolean {
  return fieldsToWrite({ ...before, fields, base }).length > 0;
}

/** @returns how many were refused because somebody else wrote them meanwhile */
async function write<R>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  { changes, keptOut }: Reconciled,
  lines: PageLines,
): Promise<number> {
  if (changes.length + keptOut.length === 0) return 0;
  const create: PlanCreate[] = [];
  const update: PlanUpdate[] = [];
  const at = deps.clock.now();
  for (const change of changes) {
    const line = lineOf(deps, merge, change);
    if (change.before)
      update.push({ ...updateOf(merge, change, change.before, at), ...(line ? { line } : {}) });
    else create.push({ ...createOf(change), ...(line ? { line } : {}) });
    if (line) lines.set(String(change.externalId), line);
    // An earlier round may have said more than it could write.
    else lines.delete(String(change.externalId));
  }
  for (const { id, line } of keptOut) if (line) lines.set(`kept out ${id}`, line);
  const { projectId, lane, fence } = merge.writer;
  const marks = keptOut.length > 0 ? { mark: keptOut } : {};
  const page = { projectId, lane, fence, kind: merge.kind, create, update, ...marks };
  const applied = await deps.planner.apply(page);
  if (applied.result === 'stale') throw new RunStopped('lease-lost');
  return applied.refused;
}

function createOf({ planId, externalId, merged, parentId, changedAt, changedBy }: Change): PlanCreate {
  const { fields, base } = merged;
  const parent = parentId === undefined ? {} : { parentId };
  return { fields, base, ...parent, changedAt, changedBy, id: planId, externalId };
}

function updateOf<R>(
  merge: PageMerge<R>,
  { merged, parentId, changedAt, changedBy }: Change,
  before: PairedRecord,
  at: Date,
): PlanUpdate {
  const { id, version } = before;
  const { fields, base } = merged;
  const changed = merged.changed.length > 0 ? { changed: { changedAt, changedBy } } : {};
  const hangsOn = merge.parentId ? { parentId: parentId ?? null } : {};
  const rejected = rejectedAfter(before, merged, at);
  return {
    fields,
    base,
    ...hangsOn,
    ...changed,
    ...rejected,
    ...wroteOf(merge, merged, before),
    id,
    version,
  };
}

/** What ConnectWise showed before it took what was sent, as long as nobody has changed that since. */
function wroteOf<R>(
  { answersTo, writtenBy, rules, context }: PageMerge<R>,
  { written, normalised, changed }: Merged,
  before: PairedRecord,
): Pick<PlanUpdate, 'wrote'> {
  const shown = answersTo?.get(before.externalId);
  const taken = new Set([...written, ...normalised.map(({ field }) => field)]);
  const by = shown && taken.size > 0 ? writtenBy : undefined;
  if (!by && !before.wrote) return {};
  const old = Object.entries(before.wrote?.before ?? {}).filter(([field]) => !changed.includes(field));
  const fresh = rules.flatMap(({ field, psa }) =>
    by && shown && taken.has(field) ? [[field, psa(shown, context)] as const] : [],
  );
  return { wrote: { by: by ?? before.wrote?.by ?? '', before: Object.fromEntries([...old, ...fresh]) } };
}

/**
 * Three times somebody was faster. What would still have to be written is marked, and the next run, which this
 * one asks for, reads it by id whatever the watermarks say.
 */
async function leaveToTheNextRun<R extends PsaRow>(
  deps: MergeDeps,
  merge: PageMerge<R>,
  lines: PageLines,
): Promise<readonly number[]> {
  const { projectId, lane, fence } = merge.writer;
  const joined = await joinWithPlan(deps, merge, lines);
  const { changes: left } = await reconcilePage(deps, merge, joined);
  const mark = left.map(({ before, externalId }): PlanMark => {
    // A record that cannot even be made is nothing that a mark could remember.
    if (!before) throw new FailureError({ code: 'sync.too-slow', entity: planWords[merge.kind].psa });
    const line = unsettledEntry(deps.clock.now(), merge, externalId);
    lines.set(String(externalId), line);
    return {
      id: before.id,
      version: before.version,
      mark: {
        unsettled: { reason: 'it was edited while it was synced', runs: unsettledRuns(before, fence) },
      },
      line,
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
  return left.map(({ externalId }) => externalId);
}
