/**
 * What must hold once a history of two-way sync has ended. It reads the simulator's world and the collections of the
 * plan, by the oracle's own table of kinds, fields and forms; it knows no base, no mapping and no rule of the engine.
 */
import type { World } from '../../demo/connectwise/world/world.ts';
import type { PlanDeletionRule } from '../../src/ports/settings.ts';
import { massDeletionsWaited } from './inbound-check.ts';
import type { WriteSeen } from './inbound-faults.ts';
import {
  type Difference,
  differences,
  externalIdsOf,
  isInConnectWise,
  type LogLine,
  type OracleKind,
  oracleKinds,
  type PlanRow,
  planShows,
  type Stored,
  type TaskRow,
} from './inbound-oracle.ts';
import { type PlanEdit, siblingsBelow, type TwoWayPlanPeople } from './twoway-plan-people.ts';
import { mustHold } from './twoway-rules.ts';
import type { Given, Witness } from './twoway-witness.ts';

export type TwoWayFacts = {
  readonly world: World;
  readonly witness: Witness;
  readonly planPeople: Pick<TwoWayPlanPeople, 'edits' | 'theirs' | 'deleted' | 'restored' | 'orders'>;
  readonly rule: PlanDeletionRule;
  readonly stored: Stored;
  readonly writes: readonly WriteSeen[];
};

/** The longest between our reading of a record and our write to it, with the write's own tries. */
const windowMs = 15_000;
/** Made in ConnectWise when they are made in the plan. */
const outKinds: ReadonlySet<OracleKind> = new Set([
  'phase',
  'task',
  'event',
  'timeLog',
  'projectNote',
  'ticketNote',
]);
/** Words of ours for what ConnectWise could not even be asked. */
const ownWords = ['accepted but not changed', 'it is in no phase', 'has no status that means'];
const json = (value: unknown): string => JSON.stringify(value ?? null);

/** Linked projects that sync and that ConnectWise still has. */
export function syncedIn(world: World, { tasks }: Pick<Stored, 'tasks'>): readonly TaskRow[] {
  return tasks.filter(
    ({ kind, linkState, externalId }) =>
      kind === 'project' && linkState === 'active' && isInConnectWise(world, 'project', externalId),
  );
}

export class TwoWayCheck {
  readonly #facts: TwoWayFacts;
  readonly #externalIds: ReadonlyMap<string, number>;
  readonly #rows: ReadonlyMap<string, PlanRow>;
  /** Of the records that have a pair, by kind and external id. */
  readonly #paired: ReadonlyMap<string, PlanRow>;
  /** Edits that could not be seen before they were overwritten. */
  inTheWindow = 0;

  constructor(facts: TwoWayFacts) {
    this.#facts = facts;
    const { stored } = facts;
    this.#externalIds = externalIdsOf(stored);
    const all = [...stored.plan.values()].flat();
    this.#rows = new Map(all.map((row) => [row.id, row]));
    this.#paired = new Map(
      all.flatMap((row) => {
        const external = row.externalId ?? row.formerExternalId;
        return external === undefined ? [] : [[`${row.kind} ${external}`, row] as const];
      }),
    );
  }

  // --- Both sides equal ---------------------------------------------------------------------------------------------

  bothSidesEqual(): void {
    const { world, stored } = this.#facts;
    const all = syncedIn(world, stored).flatMap((task) => differences(world, stored, task));
    const wrong = all.filter((one) => !this.#isExcused(one));
    const [first] = wrong;
    const rule =
      first && first.field === undefined ? 'every record is on both sides' : 'both sides are equal';
    mustHold(rule, wrong.length === 0, inWords(wrong));
    const synced = new Set(syncedIn(world, stored).map(({ projectId }) => projectId));
    const alone = [...this.#rows.values()].filter(
      (row) => synced.has(row.projectId) && this.#shouldBeThere(row),
    );
    const which = alone.map(
      ({ kind, id, fields }) => `${kind} ${id.slice(0, 8)} ${json(fields.summary ?? fields.name)}`,
    );
    mustHold('every record is on both sides', alone.length === 0, `only in the plan: ${which.join('; ')}`);
  }

  /** Whether a record that only the plan has should be in ConnectWise, too. */
  #shouldBeThere(row: PlanRow): boolean {
    if (!outKinds.has(row.kind) || row.externalId !== undefined) return false;
    if (row.deleted || row.keptHere || row.frozen) return false;
    if (this.#isHeld(row)) return false;
    return true;
  }

  /** In no phase, or below something that is not in ConnectWise itself, or refused. */
  #isHeld(row: PlanRow): boolean {
    if (row.kind === 'task' && (row.fields.phaseId ?? null) === null) return true;
    if (this.#isRefused(row, undefined)) return true;
    return this.#hangsOnNothing(row);
  }

  #parentOf(row: PlanRow): PlanRow | undefined {
    const { phaseId, parentId } = row.fields;
    const id = row.parentId ?? (row.kind === 'task' ? phaseId : row.kind === 'phase' ? parentId : undefined);
    return typeof id === 'string' ? this.#rows.get(id) : undefined;
  }

  /** Said by cwsync, and true: the simulator did refuse it, or it could not even be asked. */
  #isRefused(row: PlanRow, field: string | undefined): boolean {
    const refused = Object.entries(row.rejected?.fields ?? {});
    const said = refused.filter(([name]) => field === undefined || name === field);
    return said.some(
      ([, { words }]) => ownWords.some((own) => words.includes(own)) || this.#simulatorRefused(row),
    );
  }

  #simulatorRefused({ externalId }: PlanRow): boolean {
    return this.#facts.writes.some(({ method, path, status }) => {
      const isIt = externalId === undefined ? method === 'POST' : path.endsWith(`/${externalId}`);
      return isIt && status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429;
    });
  }

  #isExcused(one: Difference): boolean {
    const { kind, externalId, planId, field } = one;
    if (kind === 'ticketNote' && this.#isOnClosedTicket(externalId, planId)) return true;
    if (planId === undefined) return this.#isRightlyOnlyThere(kind, externalId);
    const row = this.#rows.get(planId);
    if (!row || this.#isOutOfSight(row)) return row !== undefined;
    if (field === undefined)
      return row.frozen !== undefined || (this.#parentOf(row) ?? row).externalId === undefined;
    if (row.frozen) return true;
    // What a ticket follows from its status goes with it.
    const inNoPhase = kind === 'task' && field === 'phaseId' && this.#isInNoPhase(row);
    return inNoPhase || this.#isRefused(row, field);
  }

  /** Or in one that somebody deleted in the plan while ConnectWise kept it, and then it is said. */
  #isInNoPhase(row: PlanRow): boolean {
    const phase = this.#parentOf(row);
    if (phase?.externalId === undefined) return true;
    return phase.deleted !== undefined && row.rejected?.fields.phaseId !== undefined;
  }

  /** Notes of a ticket are read when the ticket itself changes, and not by turns once it is closed. */
  #isOnClosedTicket(externalId: number, planId: string | undefined): boolean {
    const { tickets, ticketNotes } = this.#facts.world.stores;
    const task = this.#rows.get(this.#rows.get(planId ?? '')?.parentId ?? '');
    const ticket = ticketNotes.get(externalId)?.ticketId ?? task?.externalId ?? 0;
    return tickets.get(ticket)?.closedFlag === true;
  }

  /** On a task that somebody deleted in the plan: it is shown nowhere, and looked at again once that is taken back. */
  #isOutOfSight(row: PlanRow): boolean {
    return row.parentId !== undefined && this.#parentOf(row)?.deleted?.reason === 'deleted in the plan';
  }

  /** On a record that has no pair (any more), or that is no part of the plan any more. */
  #hangsOnNothing(row: PlanRow): boolean {
    const parent = this.#parentOf(row);
    return parent !== undefined && (parent.externalId === undefined || parent.deleted !== undefined);
  }

  /** ConnectWise has it and the plan does not: kept there, or deleted in the plan and there for a reason. */
  #isRightlyOnlyThere(kind: OracleKind, externalId: number): boolean {
    const { world } = this.#facts;
    const row = this.#paired.get(`${kind} ${externalId}`);
    const ticket = ticketOf(world, kind, externalId);
    const parent = ticket === undefined ? undefined : this.#paired.get(`task ${ticket}`);
    if (parent && (parent.externalId === undefined || parent.deleted)) return true;
    if (!row) return false;
    if (row.keptHere || row.frozen || row.externalId === undefined) return true;
    if (!row.deleted) return false;
    return row.deleted.reason === 'deleted in the plan' && this.#mayStay(row, externalId);
  }

  /** What was deleted in the plan and is there all the same: by the setting, or since it could not go. */
  #mayStay(row: PlanRow, externalId: number): boolean {
    switch (row.kind) {
      case 'timeLog':
      case 'projectNote':
      case 'ticketNote':
        return true;
      case 'phase':
        return this.#hadChildren(row, externalId) || this.#refusedDeletion(externalId);
      case 'event':
        return this.#refusedDeletion(externalId);
      case 'task':
        return this.#mayTicketStay(row, externalId);
      default:
        return false;
    }
  }

  #mayTicketStay(row: PlanRow, externalId: number): boolean {
    const { world, stored, rule } = this.#facts;
    if (rule === 'ignore') return true;
    const there = world.stores.tickets.get(externalId);
    const statuses = world.stores.boardStatuses.rows('board/id', there?.board.id ?? 0);
    const means = (id: number) => stored.category(there?.board.id ?? 0, id);
    const isCancelled = means(there?.status.id ?? 0) === 'Cancelled';
    const cannotBe = !statuses.some(({ id, inactive }) => !inactive && means(id) === 'Cancelled');
    const mayStay = rule === 'cancel' || this.#hadTime(externalId) || this.#refusedDeletion(externalId);
    return mayStay && (isCancelled || cannotBe || this.#simulatorRefused(row));
  }

  /** Now, or when it was to be deleted. */
  #hadTime(ticket: number): boolean {
    const { world, witness } = this.#facts;
    const gone = witness.deletions.some((one) => one.kind === 'timeLog' && one.ticket === ticket);
    return gone || world.stores.timeEntries.rows().some(({ chargeToId }) => chargeToId === ticket);
  }

  /** Now, or when it was to be deleted: it is asked for once. */
  #hadChildren({ id }: PlanRow, phase: number): boolean {
    const { world, witness, planPeople } = this.#facts;
    return (
      witness.hadTicketIn(phase, planPeople.deleted.get(id) ?? new Date()) ||
      world.stores.phases.rows().some(({ parentPhase }) => parentPhase?.id === phase)
    );
  }

  #refusedDeletion(externalId: number): boolean {
    return this.#facts.writes.some(
      ({ method, path, status }) =>
        method === 'DELETE' &&
        path.endsWith(`/${externalId}`) &&
        status >= 400 &&
        status < 500 &&
        status !== 403,
    );
  }

  // --- No twins, no deletion that nobody made --------------------------------------------------------------------------

  nothingTwice(): void {
    const { stored, witness, world, planPeople } = this.#facts;
    for (const kind of oracleKinds) {
      const ids = (stored.plan.get(kind) ?? []).flatMap(({ externalId }) => externalId ?? []);
      mustHold(
        'each record is paired once',
        new Set(ids).size === ids.length,
        `${kind}: ${ids.length} pairs`,
      );
    }
    for (const { kind, id } of witness.made) {
      if (!isInConnectWise(world, kind, id)) continue;
      const row = this.#paired.get(`${kind} ${id}`);
      const isTheirs = row !== undefined && planPeople.theirs.has(row.id);
      mustHold(
        'no record is made twice',
        isTheirs,
        `${kind} ${id} was made by us, and is of nobody's record`,
      );
    }
  }

  deletedRightly(): void {
    const { stored, witness, world, planPeople } = this.#facts;
    // Ids are never given out twice: what is there now was there all the time.
    for (const { action, message, entity, externalId } of stored.log) {
      if (action !== 'deleted' || !message.includes('gone from ConnectWise.')) continue;
      const there = isInConnectWise(world, entity as OracleKind, externalId ?? 0);
      mustHold('only what somebody deleted is deleted', !there, `${entity} ${externalId} is there`);
    }
    for (const row of this.#rows.values()) {
      if (row.deleted?.reason === 'gone from ConnectWise') {
        const there = isInConnectWise(world, row.kind, row.externalId ?? 0);
        mustHold('only what somebody deleted is deleted', !there, `${row.kind} ${row.externalId} is there`);
      }
      const asked = planPeople.deleted.get(row.id);
      if (asked && !row.deleted && !(planPeople.restored.get(row.id) ?? new Date(0) >= asked)) {
        const isTold = stored.log.some(
          ({ planId, action, at }) => planId === row.id && action === 'restored' && at >= asked,
        );
        mustHold('what somebody deleted stays deleted', isTold, `${row.kind} ${row.externalId} is back`);
      }
    }
    const ours = witness.deletions.filter(({ byUs }) => byUs);
    for (const { kind, id, ticket } of ours) {
      const asked = (one: OracleKind, external: number) =>
        planPeople.deleted.has(witness.planIdOf(one, external) ?? '');
      const withTicket =
        ticket !== undefined &&
        ours.some((other) => other.kind === 'task' && other.id === ticket) &&
        asked('task', ticket);
      mustHold(
        'only what somebody deleted is deleted',
        asked(kind, id) || withTicket,
        `we deleted ${kind} ${id}, which nobody deleted in the plan`,
      );
    }
  }

  // --- Every overwritten value is told --------------------------------------------------------------------------------

  everyValueIsTold(): void {
    this.#planValues();
    this.#psaValues();
  }

  #planValues(): void {
    const { edits } = this.#facts.planPeople;
    const last = new Map<string, PlanEdit>();
    for (const edit of edits) last.set(`${edit.id} ${edit.field}`, edit);
    for (const edit of last.values()) {
      const row = this.#rows.get(edit.id);
      if (!row) continue;
      const meant = this.#shown(row, edit.field, edit.value);
      if (json(meant) === json(this.#shown(row, edit.field, edit.before))) continue;
      const told = this.#arrived(row, edit, meant) || this.#isTold(edit.id, edit.field, 'plan', meant);
      mustHold(
        'an overwritten value is told',
        json(meant) === json(this.#shown(row, edit.field)) || told,
        `${edit.kind} ${row.externalId ?? edit.id.slice(0, 8)} ${edit.field}: the plan's ${json(edit.value)} is lost, it shows ${json(row.fields[edit.field])}`,
      );
    }
  }

  #shown(row: PlanRow, field: string, value?: unknown): unknown {
    const fields = value === undefined ? row.fields : { ...row.fields, [field]: value };
    return planShows({ ...row, fields }, this.#externalIds)[field];
  }

  /** ConnectWise showed it at some time after it was edited, or in its own form. */
  #arrived(row: PlanRow, { kind, field, at }: PlanEdit, meant: unknown): boolean {
    const external = row.externalId ?? row.formerExternalId ?? 0;
    const { stored, witness } = this.#facts;
    const values = witness.given(kind, external, field);
    const isMeant = (given: Given) => json(this.#psaValue(field, given)) === json(meant);
    const shown = values.some((given) => given.byUs && given.at >= at && isMeant(given));
    // Somebody gave it the same value there before, or in the same moment: both sides agreed.
    const agreed = values.findLast((given) => given.at <= at);
    return (
      shown ||
      (agreed !== undefined && isMeant(agreed)) ||
      stored.log.some(
        (line) =>
          line.planId === row.id &&
          line.at >= at &&
          line.message.includes(`${field}: `) &&
          line.message.includes('was sent'),
      )
    );
  }

  #psaValue(field: string, { value }: Pick<Given, 'value'>): unknown {
    if (field !== 'status' || typeof value !== 'string') return value;
    const [of, id] = value.split(':');
    return this.#facts.stored.category(of === 'projects' ? of : Number(of), Number(id));
  }

  #isTold(planId: string, field: string, side: 'plan' | 'psa', meant: unknown): boolean {
    const row = this.#rows.get(planId);
    return this.#facts.stored.log.some(({ planId: of, conflicts, message }) => {
      if (of !== planId) return false;
      const noted = (conflicts ?? []).filter((one) => one.field === field);
      if (row && noted.some((one) => json(this.#shown(row, field, one[side])) === json(meant))) return true;
      // A record that came back says it in words alone.
      return message.includes(`${field}: plan `) && message.includes('Edited on both sides');
    });
  }

  /** What people put into ConnectWise and we put something else over: the plan had it, or the log has. */
  #psaValues(): void {
    for (const { kind, id, field, values } of this.#facts.witness.allGiven()) {
      for (const [index, given] of values.entries()) {
        const next = values[index + 1];
        if (given.byUs || index === 0 || !next?.byUs) continue;
        this.#mustBeKnown(kind, id, field, { given, next });
      }
    }
    for (const { kind, id, byUs, at } of this.#facts.witness.deletions) {
      if (byUs) this.#lastValuesKnown(kind, id, at);
    }
  }

  #lastValuesKnown(kind: OracleKind, id: number, at: Date): void {
    for (const { kind: of, id: one, field, values } of this.#facts.witness.allGiven()) {
      const given = values.at(-1);
      if (of !== kind || one !== id || values.length < 2 || !given || given.byUs) continue;
      this.#mustBeKnown(kind, id, field, { given, next: { value: 'its deletion', byUs: true, at } });
    }
  }

  #mustBeKnown(
    kind: OracleKind,
    id: number,
    field: string,
    { given, next }: { readonly given: Given; readonly next: Given },
  ): void {
    const row = this.#rows.get(this.#facts.witness.planIdOf(kind, id) ?? '');
    if (!row) return;
    const meant = this.#psaValue(field, given);
    const inPlan = this.#facts.witness
      .shownInPlan(row.id)
      .some((fields) => json(planShows({ ...row, fields }, this.#externalIds)[field]) === json(meant));
    if (inPlan || this.#isTold(row.id, field, 'psa', meant)) return;
    if (next.at.getTime() - given.at.getTime() <= windowMs) {
      this.inTheWindow += 1;
      return;
    }
    mustHold(
      'an overwritten value is told',
      false,
      `${kind} ${id} ${field}: ConnectWise's ${json(given.value)} is lost, ${json(next.value)} was written over it`,
    );
  }

  // --- Every order is written ----------------------------------------------------------------------------------------

  /** @param mayHaveMoved whether anybody moved tasks or phases by other means, too */
  ordersAreWritten(mayHaveMoved: boolean): void {
    for (const [id, { to, at }] of this.#facts.planPeople.orders) {
      const parent = this.#rows.get(id);
      if (!parent || this.#isLeftAlone(parent) || this.#isRefused(parent, 'order')) continue;
      const which = `${parent.kind} ${parent.externalId}`;
      mustHold('an order of the plan is written', !('order' in parent.fields), `that of ${which} waits`);
      const lines = this.#facts.stored.log.filter(
        (line) => line.planId === id && line.at >= at && line.message.includes('the order within'),
      );
      mustHold('an order of the plan is written', lines.length > 0, `nothing is said of that of ${which}`);
      const isOther = lines.some(({ action }) => action === 'conflict' || action === 'normalised');
      const now = this.#below(parent);
      const sameOnes = now.length === to.length && to.every((one) => now.includes(one));
      const isWanted = mayHaveMoved || isOther || !sameOnes || now.join() === to.join();
      mustHold(
        'an order of the plan is written',
        isWanted,
        `${which}: ${now.join()} where ${to.join()} was wanted`,
      );
    }
  }

  #isLeftAlone({ deleted, externalId, frozen, keptHere, projectId }: PlanRow): boolean {
    if (deleted || externalId === undefined) return true;
    return frozen !== undefined || keptHere === true || !this.#isSynced(projectId);
  }

  #below(parent: PlanRow): readonly string[] {
    const { plan } = this.#facts.stored;
    const [phases, tasks] = (['phase', 'task'] as const).map((kind) =>
      (plan.get(kind) ?? []).filter(({ deleted }) => !deleted),
    );
    return siblingsBelow(parent, phases ?? [], tasks ?? []);
  }

  // --- The rest -------------------------------------------------------------------------------------------------------

  /**
   * Counts syncs up to the last that wrote anything, of the project that took the most; those that failed do not count.
   * @param from when the last edit and the last fault were over
   * @param planWrittenAt when runs changed anything in the plan
   */
  quietWithin(
    syncs: number,
    from: Date,
    planWrittenAt: readonly { readonly projectId: string; readonly at: Date; readonly what: string }[],
  ): number {
    const { stored, world, witness } = this.#facts;
    const counts = syncedIn(world, stored).map(({ projectId, externalId }) => {
      const runs = finishedSince(stored.log, projectId, from);
      const writes = [
        ...planWrittenAt.filter((one) => one.projectId === projectId),
        ...witness.written.filter(({ project }) => project === externalId),
      ].filter(({ at }) => at > from);
      const took = Math.max(0, ...writes.map(({ at }) => runs.filter((run) => run.at < at).length + 1));
      const what = writes.map((one) => `${one.what} at ${one.at.toISOString()}`);
      mustHold('quiet within three syncs', took <= syncs, `project ${externalId}: ${what.join('; ')}`);
      return took;
    });
    return Math.max(0, ...counts);
  }

  atRest(spoken: string): void {
    const { restored } = this.#facts.planPeople;
    massDeletionsWaited(this.#facts.stored, ({ planId, at }) => {
      const back = restored.get(planId ?? '');
      return back && back > at ? back : undefined;
    });
    for (const { id, document, linkState } of this.#facts.stored.tasks) {
      const { state, want, done, failure } = document;
      const detail = `${id}: ${state}, want ${want}, done ${done}, ${json(failure)}`;
      mustHold('at rest in the end', state === 'idle', detail);
      if (linkState === 'active') mustHold('at rest in the end', want === done, detail);
      const healed = (failure ?? undefined) === undefined || failure.code === 'cw.project-missing';
      mustHold('at rest in the end', healed || linkState !== 'active', detail);
    }
    const at = spoken.indexOf('a sync failed unforeseen');
    const around = spoken.slice(Math.max(0, at - 1_500), at + 1_500);
    mustHold('at rest in the end', at < 0, `a run failed unforeseen: ${around}`);
    const open = [...this.#rows.values()].filter(
      ({ intent, deleted, projectId, rejected }) =>
        intent && !deleted && !rejected && this.#isSynced(projectId),
    );
    mustHold('at rest in the end', open.length === 0, `${open.length} intents are open`);
  }

  #isSynced(projectId: string): boolean {
    const { world, stored } = this.#facts;
    return syncedIn(world, stored).some((task) => task.projectId === projectId);
  }
}

function ticketOf(world: World, kind: OracleKind, id: number): number | undefined {
  if (kind === 'event') return world.stores.scheduleEntries.get(id)?.objectId;
  if (kind === 'timeLog') return world.stores.timeEntries.get(id)?.chargeToId;
  return kind === 'ticketNote' ? world.stores.ticketNotes.get(id)?.ticketId : undefined;
}

function inWords(all: readonly Difference[]): string {
  const first = all.slice(0, 6).map(({ kind, externalId, what }) => `${kind} ${externalId} ${what}`);
  return `${all.length} differences: ${first.join('; ')}`;
}

/** Runs of a project that came to their end since then, oldest first. */
export function finishedSince(log: readonly LogLine[], projectId: string, since: Date): readonly LogLine[] {
  return log.filter((line) => line.action === 'finished' && line.projectId === projectId && line.at > since);
}
