/**
 * Makes in ConnectWise what was made in the plan (sync.md, "Create").
 *
 * Hard cases: there is no idempotency key, so an answer that was lost leaves open whether the record is there; what
 * was about to be made is therefore written down first, and looked for by a later run (see `settle-intents`). Two
 * records that look the same must not be taken for each other: they are made one after another, each stored before
 * the next. A record that hangs on another waits for it.
 */
import { FailureError } from '../../../domain/failure.ts';
import {
  type CreatedKind,
  createdKinds,
  type NewContext,
  newRecord,
  pairedWith,
} from '../../../domain/new-records.ts';
import { goesOut } from '../../../domain/outbound-fields.ts';
import type { Fields, PlanRecord } from '../../../domain/plan.ts';
import type { CreatableKind, PsaNew, PsaPhase, PsaRecord, PsaRef } from '../../../domain/psa-records.ts';
import type { Refusal } from '../../../domain/rejections.ts';
import type { PlanMark, PlanPair } from '../../../ports/planner.ts';
import type { PsaScope } from '../../../ports/psa.ts';
import { psaPlural } from '../log-entries.ts';
import { isOutsideItsPhase } from '../plan-edits.ts';
import { contextOf, type ProjectRun, type Tasks } from '../reading.ts';
import { callOf, type SyncDeps, writerOf } from '../run.ts';
import { RunStopped } from '../run-control.ts';
import { applyMarks, markEach, noteRefusals } from './marks.ts';
import { keyOf } from './open-intents.ts';
import { contextFor, type Outbound, withTeam } from './outbound.ts';

import { rulesFor } from './rules-for.ts';
import { beforeWrite, mayHaveBeenDone, rejectionOf, sideBySide, wordsOf, writesAtOnce } from './writing.ts';
import { madeEntry } from './written-entries.ts';

/** Records whose making is written down with one transaction. */
const madeAtOnce = 25;
/** A plan record that people keep editing while its pair is stored is left to the next run after so many tries. */
const triesToPair = 5;

export type Making = {
  readonly deps: SyncDeps;
  readonly project: ProjectRun;
  readonly outbound: Outbound;
  readonly kind: CreatedKind;
  /** What time is ConnectWise's clock now. */
  readonly psaNow: () => Date;
};

/** One record that is about to be made. */
type Draft = {
  readonly record: PlanRecord;
  readonly made: PsaNew[CreatableKind];
  readonly scope: PsaScope;
  readonly ticket: number | undefined;
  readonly naturalKey: string;
};

/** @returns how many are left for a later run, since it is not known whether ConnectWise made them */
export async function makeRecords(making: Making, records: readonly PlanRecord[]): Promise<number> {
  const { project, kind } = making;
  const drafts = await draftsOf(making, records);
  let unknown = 0;
  let waiting = drafts;
  for (let done = 0; waiting.length > 0; ) {
    const progress = { phase: `creating ${psaPlural(kind)}`, doneCount: done, totalCount: drafts.length };
    await project.run.control.checkpoint(progress);
    const wave = firstOfEach(waiting).slice(0, madeAtOnce);
    unknown += await makeWave(making, wave);
    done += wave.length;
    const gone = new Set(wave);
    waiting = waiting.filter((draft) => !gone.has(draft));
  }
  return unknown;
}

/** Of those that look the same only one at a time. */
function firstOfEach(drafts: readonly Draft[]): readonly Draft[] {
  return [...Map.groupBy(drafts, ({ naturalKey }) => naturalKey).values()].flatMap(([first]) => first ?? []);
}

async function draftsOf(making: Making, records: readonly PlanRecord[]): Promise<readonly Draft[]> {
  const { deps, project, outbound, kind } = making;
  const parents = await deps.planner.recordsById('task', [
    ...new Set(records.flatMap(({ parentId }) => parentId ?? [])),
  ]);
  const tickets = new Map(parents.flatMap(({ id, externalId }) => (externalId ? [[id, externalId]] : [])));
  // What stands on a task that is no part of the plan any more goes nowhere, until that is taken back.
  const buried = new Set(parents.flatMap(({ id, deleted }) => (deleted ? [id] : [])));
  const held = new Map<string, readonly Refusal[]>();
  const workType = workTypeOf(project);
  const drafts = records.flatMap((record): Draft[] => {
    if (buried.has(record.parentId ?? '')) return [];
    const ticket = tickets.get(record.parentId ?? '');
    const context: NewContext = { ...contextFor(outbound, record.id, project.board), ticket, workType };
    const draft = newRecord(kind, record.fields, context);
    if (draft.record === undefined) {
      // A task outside of its phase is told of by itself, whenever somebody takes one out.
      if (isOutsideItsPhase(record)) return [];
      held.set(record.id, [{ field: createdKinds[kind], value: null, words: draft.held }]);
      return [];
    }
    const made =
      kind === 'event' ? withTeam(outbound, draft.record as PsaNew['scheduleEntry']) : draft.record;
    const scope =
      kind === 'ticketNote' && ticket !== undefined ? { ticket } : { project: project.externalId };
    return [{ record, made, scope, ticket, naturalKey: keyOf(kind, made) }];
  });
  await noteRefusals(deps, project, kind, held);
  return drafts;
}

/** That of the project, its board's, or the enterprise's. */
function workTypeOf({ run, settings, board }: ProjectRun): PsaRef | null {
  const { link } = run.task;
  if (link.workType) return { id: link.workType.id, name: link.workType.name };
  const ofBoard = board === null ? undefined : settings.boardWorkTypes[String(board)];
  const id = ofBoard ?? settings.defaultWorkType;
  return id === null ? null : { id, name: null };
}

async function makeWave(making: Making, wave: readonly Draft[]): Promise<number> {
  const { deps, project, kind } = making;
  const intended = await writeDown(making, wave);
  const refusals = new Map<string, readonly Refusal[]>();
  const begun = new Set<string>();
  const notMade = new Set<string>();
  let unknown = 0;
  try {
    const atOnce = kind === 'phase' ? 1 : writesAtOnce;
    await sideBySide(
      intended,
      async (draft) => {
        await beforeWrite(deps, project);
        begun.add(draft.record.id);
        const made = await tryToMake(making, draft);
        if (made === 'perhaps') unknown += 1;
        if (made instanceof Error) notMade.add(draft.record.id);
        const rejection = rejectionOf(made);
        if (!rejection) return throwIfError(made);
        const field = rejection.failure.field ?? createdKinds[kind];
        refusals.set(draft.record.id, [{ field, value: null, words: wordsOf(rejection) }]);
      },
      atOnce,
    );
  } finally {
    const surely = intended.filter(({ record: { id } }) => notMade.has(id) || !begun.has(id));
    await strikeOut(
      deps,
      project,
      kind,
      surely.map(({ record }) => record.id),
    );
  }
  await noteRefusals(deps, project, kind, refusals);
  return unknown;
}

/** `perhaps` where nobody knows whether ConnectWise made it; the error where it surely did not. */
async function tryToMake(making: Making, draft: Draft): Promise<'made' | 'perhaps' | Error> {
  let shown: PsaRecord;
  try {
    shown = await create(making, draft);
  } catch (error) {
    if (mayHaveBeenDone(error)) return 'perhaps';
    if (error instanceof FailureError) return error;
    throw error;
  }
  await pairUp(making, draft.record, shown, draft.ticket, 'made');
  return 'made';
}

function throwIfError(made: unknown): void {
  if (made instanceof Error) throw made;
}

/** @returns those whose intent is stored: the others were edited in this moment, and are the next run's */
async function writeDown(making: Making, wave: readonly Draft[]): Promise<readonly Draft[]> {
  const { deps, project, kind, psaNow } = making;
  const at = psaNow();
  const mark = wave.map(({ record: { id, version, fields: sent }, naturalKey }): PlanMark => {
    return { id, version, mark: { intent: { at, naturalKey, sent } } };
  });
  const marked = await markEach(deps, project, kind, mark);
  return wave.filter(({ record: { id } }) => marked.has(id));
}

/** ConnectWise said that it did not make them. */
async function strikeOut(
  deps: SyncDeps,
  project: ProjectRun,
  kind: CreatedKind,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const records = await deps.planner.recordsById(kind, ids);
  await applyMarks(
    deps,
    project,
    kind,
    records.map(({ id, version }) => ({ id, version, mark: { intent: null } })),
  );
}

async function create({ deps, project, kind }: Making, { made, scope }: Draft): Promise<PsaRecord> {
  const call = callOf(project.run, project.projectId);
  const { record } = await deps.writes.create(createdKinds[kind], made as never, scope, call);
  return record;
}

/** From now on it can be named by what hangs on it. */
function notePhase(project: ProjectRun, outbound: Outbound, { id }: PlanRecord, shown: PsaPhase): void {
  project.phases.set(shown.id, id);
  outbound.phases.set(id, shown.id);
  if (shown.wbsCode !== null) outbound.codes = new Map(outbound.codes).set(id, shown.wbsCode);
}

type PairingUp = Omit<Making, 'psaNow' | 'kind'> & { readonly kind: CreatedKind | 'project' };

/**
 * Stores the pair, with what ConnectWise made of the record. Edits that came meanwhile stay edits.
 * @param record as it was when it was sent, or with the intent that says what was
 */
export async function pairUp(
  making: PairingUp,
  record: PlanRecord,
  shown: PsaRecord & object,
  ticket: number | undefined,
  how: 'made' | 'found',
): Promise<void> {
  const { deps, project, outbound, kind } = making;
  if (kind === 'phase' && !record.deleted) notePhase(project, outbound, record, shown as PsaPhase);
  const tasks = new Map(ticket !== undefined && record.parentId ? [[ticket, record.parentId]] : []);
  const asShown = kind === 'ticketNote' ? { ...shown, ticketId: ticket ?? null } : shown;
  let now: PlanRecord | undefined = record;
  for (let tries = 0; now && tries < triesToPair; tries += 1) {
    [now] = await deps.planner.recordsById(kind, [record.id]);
    if (!now || now.externalId !== undefined) return;
    const { pair, inConflict } = pairOf(making, { record, now, shown: asShown, how, tasks });
    const { projectId, run } = project;
    const applied = await deps.planner.apply({
      projectId,
      lane: 'project',
      fence: run.fence,
      kind,
      create: [],
      update: [],
      pair: [pair],
    });
    if (applied.result === 'stale') throw new RunStopped('lease-lost');
    if (applied.refused > 0) continue;
    run.tally.created += 1;
    project.joined.add(record.id);
    if (inConflict) run.tally.conflicts += 1;
    return;
  }
}

type ToPair = {
  /** As it was sent, and as it is now. */
  readonly record: PlanRecord;
  readonly now: PlanRecord;
  readonly shown: PsaRecord & object;
  readonly how: 'made' | 'found';
  readonly tasks: Tasks;
};

function pairOf({ deps, project, kind }: PairingUp, { record, now, shown, how, tasks }: ToPair) {
  const planWins = (field: string) => project.settings.conflictWinner === 'plan' && goesOut(kind, field);
  const { keptOtherwise, conflicts, ...paired } = pairedWith(
    rulesFor[kind],
    shown,
    contextOf(project, tasks),
    {
      sentFrom: record.intent?.sent ?? record.fields,
      now: now.fields as Fields,
      ...(how === 'found' ? { found: { planWins } } : {}),
    },
  );
  const both = conflicts.map(
    (one) => ({ ...one, took: planWins(one.field) ? 'plan' : 'connectwise' }) as const,
  );
  const made = { externalId: shown.id, how, keptOtherwise, conflicts: both };
  const line = madeEntry(deps.clock.now(), writerOf(project.run), record, made);
  const pair: PlanPair = { id: now.id, version: now.version, externalId: shown.id, ...paired, line };
  return { pair, inConflict: both.length > 0 };
}
