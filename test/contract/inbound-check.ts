/** What must hold once a history has ended, said from what both sides and the logs hold. */
import type { Document } from 'mongodb';
import type { World } from '../../demo/connectwise/world/world.ts';
import type { VirtualTime } from '../support/virtual-time.ts';
import {
  type Difference,
  differences,
  fingerprint,
  isInConnectWise,
  type LogLine,
  type OracleKind,
  oracleKinds,
  type PlanRow,
  psaRows,
  type Stored,
  type TaskRow,
} from './inbound-oracle.ts';
import type { PlanPeople } from './inbound-plan-people.ts';
import { must } from './inbound-rules.ts';

type Facts = {
  readonly world: World;
  readonly time: VirtualTime;
  readonly dateAheadMs: number;
  readonly planEdits: Pick<PlanPeople, 'explains' | 'check'>;
  readonly credentials: Readonly<Record<'companyId' | 'publicKey' | 'privateKey' | 'clientId', string>>;
  readonly stored: () => Promise<Stored>;
  readonly requests: () => Promise<readonly Document[]>;
  /** A process that dies between a write and its line takes the line with it, but for those of overwritten edits. */
  readonly somebodyDied: () => boolean;
  /** The process log. */
  readonly spoken: () => string;
};

const day = 24 * 3_600_000;
/** Kinds whose changes the scout sees. */
const scouted: readonly OracleKind[] = ['project', 'task', 'event', 'timeLog'];
/** What follows from another record: ConnectWise stamps no change of it, so that only a whole reading shows it. */
const silent: ReadonlySet<string> = new Set(['timeLog phaseId', 'task predecessor', 'project actualHours']);
const goneWords = 'gone from ConnectWise';
const lostWords = [goneWords, 'moved to a project that is not linked'] as const;
/** Kinds that ConnectWise tells no number of: all of one at once waits for a person, however few. */
const uncounted: ReadonlySet<string> = new Set(['phase', 'projectNote', 'teamMember']);
const massAbove = 10;

export class Check {
  readonly #facts: Facts;
  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** Linked projects that sync and that ConnectWise still has. */
  #synced(stored: Stored): readonly TaskRow[] {
    return stored.tasks.filter(
      ({ kind, linkState, externalId }) =>
        kind === 'project' &&
        linkState === 'active' &&
        isInConnectWise(this.#facts.world, 'project', externalId),
    );
  }

  #differences(stored: Stored): readonly Difference[] {
    const all = this.#synced(stored).flatMap((task) => differences(this.#facts.world, stored, task));
    return all.filter((one) => !this.#isExcused(stored, one));
  }

  #isExcused(stored: Stored, { kind, externalId, planId, field }: Difference): boolean {
    if (kind === 'ticketNote' && this.#isOnClosedTicket(stored, externalId, planId)) return true;
    if (planId !== undefined && field !== undefined)
      return this.#facts.planEdits.explains(stored, planId, field);
    if (planId !== undefined) return standsOnKept(stored, kind, planId);
    return isKept(stored, kind, externalId) || this.#isOnKeptTicket(stored, kind, externalId);
  }

  /** Those are read when the ticket itself changes, and not by turns. */
  #isOnClosedTicket(stored: Stored, externalId: number, planId: string | undefined): boolean {
    const { tickets, ticketNotes } = this.#facts.world.stores;
    const note = stored.plan.get('ticketNote')?.find(({ id }) => id === planId);
    const task = stored.plan.get('task')?.find(({ id }) => id === note?.parentId);
    const ticket = ticketNotes.get(externalId)?.ticketId ?? task?.externalId ?? 0;
    return tickets.get(ticket)?.closedFlag === true;
  }

  /** What stands on a ticket that the plan kept as its own has nothing here to stand on. */
  #isOnKeptTicket(stored: Stored, kind: OracleKind, externalId: number): boolean {
    const { world } = this.#facts;
    const rows = world.stores.projects.ids().flatMap((id) => psaRows(world, kind, id, stored.category));
    const ticket = rows.find(({ id }) => id === externalId)?.ticket;
    return ticket !== undefined && isKept(stored, 'task', ticket);
  }

  /** Deltas alone bring what was made or changed; what is gone, only a whole reading finds. */
  async afterDeltas(): Promise<void> {
    const stored = await this.#facts.stored();
    this.#deletedRightly(stored);
    const wrong = this.#differences(stored).filter(
      ({ kind, planId, field }) =>
        scouted.includes(kind) &&
        (planId === undefined || field !== undefined) &&
        !silent.has(`${kind} ${field}`),
    );
    must('changes come with the next delta', wrong.length === 0, inWords(wrong));
  }

  async quietBegins() {
    const stored = await this.#facts.stored();
    this.#sameRecords(stored);
    return { plan: fingerprint(stored), at: this.#facts.time.now() };
  }

  async quietEnds(before: { readonly plan: string; readonly at: Date }): Promise<void> {
    const stored = await this.#facts.stored();
    const written = firstDifference(before.plan, fingerprint(stored));
    must('quiet once nothing changes', written === undefined, `the plan was written: ${written}`);
    const comprehensives = (task: TaskRow) =>
      stored.log.filter(
        ({ action, projectId, at, message }) =>
          action === 'finished' &&
          projectId === task.projectId &&
          at >= before.at &&
          message.includes('omprehensive'),
      );
    for (const task of this.#synced(stored)) {
      const count = comprehensives(task).length;
      must(
        'quiet once nothing changes',
        count >= 2,
        `project ${task.externalId} had ${count} whole readings`,
      );
    }
  }

  async inTheEnd(): Promise<void> {
    const stored = await this.#facts.stored();
    this.#sameRecords(stored);
    pairedOnce(stored);
    this.#deletedRightly(stored);
    massDeletionsWaited(stored);
    if (!this.#facts.somebodyDied()) told(stored);
    const synced = new Set(this.#synced(stored).map(({ projectId }) => projectId));
    this.#facts.planEdits.check(stored, (projectId) => synced.has(projectId));
    this.#atRest(stored);
    this.#watermarks(stored);
    await this.#logs(stored);
  }

  #sameRecords(stored: Stored): void {
    const all = this.#differences(stored);
    const alone = all.filter(({ planId, field }) => planId !== undefined && field === undefined);
    must('nothing lives that ConnectWise does not have', alone.length === 0, inWords(alone));
    const synced = new Set(this.#synced(stored).map(({ projectId }) => projectId));
    const ownerless = [...stored.plan.values()]
      .flat()
      .filter((row) => synced.has(row.projectId) && !row.deleted)
      .find(({ externalId, formerExternalId }) => (externalId ?? formerExternalId) === undefined);
    const which = `${ownerless?.kind} ${ownerless?.id} was never of ConnectWise`;
    must('nothing lives that ConnectWise does not have', ownerless === undefined, which);
    must('the plan shows what ConnectWise shows', all.length === 0, inWords(all));
  }

  /** Ids are never given out twice: what is there now was there all the time. */
  #deletedRightly(stored: Stored): void {
    for (const { action, message, entity, externalId } of stored.log) {
      if (action !== 'deleted' || !message.includes(goneWords)) continue;
      const there = isInConnectWise(this.#facts.world, entity as OracleKind, externalId ?? 0);
      must('only what is gone is deleted', !there, `${entity} ${externalId} is there`);
    }
    for (const row of [...stored.plan.values()].flat()) {
      if (row.deleted?.reason !== goneWords) continue;
      const there = isInConnectWise(this.#facts.world, row.kind, row.externalId ?? 0);
      must('only what is gone is deleted', !there, `${row.kind} ${row.externalId} is there`);
    }
  }

  #atRest(stored: Stored): void {
    for (const { id, document, linkState } of stored.tasks) {
      const { state, want, done, failure } = document;
      const detail = `${id}: ${state}, want ${want}, done ${done}, ${JSON.stringify(failure)}`;
      must('at rest in the end', state === 'idle', detail);
      if (linkState === 'active') must('at rest in the end', want === done, detail);
      const gone = failure?.code === 'cw.project-missing';
      const healed = (failure ?? undefined) === undefined || gone || linkState !== 'active';
      must('at rest in the end', healed, detail);
    }
    const unforeseen = this.#facts.spoken().includes('a sync failed unforeseen');
    must('at rest in the end', !unforeseen, 'a run failed unforeseen');
  }

  #watermarks(stored: Stored): void {
    const clock = this.#facts.time.now().getTime() + this.#facts.dateAheadMs;
    for (const { id, document } of stored.tasks) {
      for (const [kind, at] of Object.entries((document.watermarks?.psa ?? {}) as Record<string, Date>)) {
        must(
          'watermarks stay behind the clock of ConnectWise',
          at.getTime() <= clock,
          `${kind} of ${id}: ${at.toISOString()}`,
        );
      }
    }
  }

  async #logs(stored: Stored): Promise<void> {
    const requests = await this.#facts.requests();
    const other = requests.find(({ method, path }) => method !== 'GET' && !String(path).includes('/search'));
    must(
      'nothing but reading is asked of ConnectWise',
      other === undefined,
      `${other?.method} ${other?.path}`,
    );
    const { companyId, publicKey, privateKey, clientId } = this.#facts.credentials;
    const pair = `${companyId}+${publicKey}:${privateKey}`;
    const secrets = [publicKey, privateKey, clientId, Buffer.from(pair).toString('base64')];
    const written = JSON.stringify(stored.log) + JSON.stringify(requests) + this.#facts.spoken();
    for (const secret of secrets) must('no key in any log', !written.includes(secret), secret);
  }
}

/** Restored or kept: the plan's own now, and not imported again. */
function isKept(stored: Stored, kind: OracleKind, externalId: number): boolean {
  return (stored.plan.get(kind) ?? []).some(({ formerExternalId }) => formerExternalId === externalId);
}

/** Nothing reads what stood on a ticket that somebody restored before its own burial was complete. */
function standsOnKept(stored: Stored, kind: OracleKind, planId: string): boolean {
  const row = stored.plan.get(kind)?.find(({ id }) => id === planId);
  const task = stored.plan.get('task')?.find(({ id }) => id === row?.parentId);
  return task !== undefined && task.externalId === undefined;
}

function pairedOnce(stored: Stored): void {
  for (const kind of oracleKinds) {
    const ids = (stored.plan.get(kind) ?? []).flatMap(({ externalId }) => externalId ?? []);
    must('each record is paired once', new Set(ids).size === ids.length, `${kind}: ${ids.length} pairs`);
  }
}

function deletionsOf(stored: Stored): readonly LogLine[] {
  return stored.log.filter(
    ({ action, message }) =>
      action === 'deleted' && lostWords.some((words) => message.includes(`deleted: it is ${words}`)),
  );
}

/** @param takenBackAt when somebody took back what a line says was deleted */
export function massDeletionsWaited(
  stored: Stored,
  takenBackAt: (line: LogLine) => Date | undefined = () => undefined,
): void {
  const key = ({ projectId, entity }: LogLine) => `${entity} of ${projectId}`;
  const within = (lines: readonly LogLine[], at: Date) =>
    lines.filter((line) => line.at <= at && at.getTime() - line.at.getTime() < day);
  // What somebody took back is no longer deleted.
  const lasting = deletionsOf(stored).filter(
    (line) => !takenBackAt(line) && !isKept(stored, line.entity as OracleKind, line.externalId ?? 0),
  );
  /** Also what was taken back only later. */
  const lasted = new Set(lasting);
  const wereDeletedBy = (line: LogLine) =>
    within(deletionsOf(stored), line.at).filter(
      (one) => key(one) === key(line) && (lasted.has(one) || (takenBackAt(one) ?? line.at) > line.at),
    );
  const deletions = Map.groupBy(lasting, key);
  for (const [what, lines] of deletions) {
    for (const { at, projectId, entity } of lines) {
      const count = within(lines, at).length;
      const all = (stored.plan.get(entity as OracleKind) ?? []).filter(
        (row) => row.projectId === projectId,
      ).length;
      must(
        'unusually many deletions wait for a person',
        count <= massAbove || count <= 0.2 * all,
        `${count} ${what} of ${all}`,
      );
    }
  }
  for (const line of stored.log) {
    if (line.action !== 'frozen') continue;
    const gone = Number(/^(\d+) of/.exec(line.message)?.[1] ?? 0);
    const frozenBefore = within(
      stored.log.filter((one) => one.action === 'frozen' && key(one) === key(line)),
      line.at,
    );
    const waiting = frozenBefore.length > 1;
    const before = wereDeletedBy(line).length + cameAlong(stored, line);
    must(
      'few deletions wait for nobody',
      waiting || gone + before > massAbove || (uncounted.has(line.entity ?? '') && gone > 1),
      `${gone} and ${before} before: ${line.message}`,
    );
  }
}

/** Gone or waiting in another project, and brought into this one by the move of their task. */
function cameAlong({ plan, log }: Stored, { entity, projectId }: LogLine): number {
  const rows = (plan.get(entity as OracleKind) ?? []).filter(
    (row) => row.projectId === projectId && (row.deleted || row.frozen),
  );
  const wasElsewhere = ({ id }: PlanRow) =>
    log.some((line) => line.planId === id && line.projectId !== projectId);
  return rows.filter(wasElsewhere).length;
}

function told(stored: Stored): void {
  const lines = Map.groupBy(stored.log, ({ planId }) => planId ?? '');
  const has = ({ id }: PlanRow, action: string) =>
    (lines.get(id) ?? []).some((line) => line.action === action);
  for (const row of [...stored.plan.values()].flat()) {
    const byRun = row.deleted !== undefined && row.deleted.reason !== 'deleted in the plan';
    if (byRun)
      must(
        'a deletion is told',
        has(row, 'deleted'),
        `${row.kind} ${row.externalId}: ${row.deleted?.reason}`,
      );
  }
  for (const row of stored.plan.get('task') ?? []) {
    const created = (lines.get(row.id) ?? []).find(({ action }) => action === 'created');
    if (!created || created.projectId === row.projectId) continue;
    must('a move is told', has(row, 'moved'), `task ${row.externalId}`);
  }
}

function inWords(all: readonly Difference[]): string {
  const first = all.slice(0, 6).map(({ kind, externalId, what }) => `${kind} ${externalId} ${what}`);
  return `${all.length} differences: ${first.join('; ')}`;
}

function firstDifference(a: string, b: string): string | undefined {
  const before = new Set(a.split('\n'));
  return b.split('\n').find((line) => !before.has(line)) ?? (a === b ? undefined : 'something is gone');
}
