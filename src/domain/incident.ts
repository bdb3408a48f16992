/**
 * When a problem is told to people without their asking (product.md, "Alerts").
 *
 * The hard part is not to open too much: an outage fails every project at once, a night without cwsync makes all
 * of them late, and a right that is missing fails each project that has such records. So what has one cause opens
 * one incident, and what only follows from another open problem opens none. Whatever is open stays open until the
 * task has succeeded or was stopped by somebody: a failure that turns into another kind of failure is no recovery.
 */
import { type Failure, type FailureRule, failureRules } from './failure.ts';
import { hash } from './fingerprint.ts';
import type { Platform } from './person.ts';
import type { Actor, Link, SyncTask } from './sync-task.ts';

export type IncidentScope =
  | 'project'
  /** One kind of record that may not be read, in however many projects. */
  | 'entity kind'
  /** One of the integration's own tasks. */
  | 'own task'
  | 'integration'
  /** cwsync itself. */
  | 'cwsync'
  /** A conversation in which alerts cannot be posted. */
  | 'channel'
  /** A span in which nothing of cwsync ran; told once, never open. */
  | 'away';

export type IncidentCause =
  | { readonly is: 'failure'; readonly failure: Failure }
  /** No success for more than twice the usual time, and how the last try failed. */
  | { readonly is: 'late'; readonly last?: Failure }
  | { readonly is: 'away'; readonly from: Date; readonly to: Date; readonly catchingUp: number };

export type IncidentProject = {
  readonly taskId: string;
  readonly projectId: string;
  readonly externalId: number;
  readonly name: string;
  readonly customer: string | null;
  /** As in `Link`. */
  readonly boardId?: number | null;
};

/** One that was in an incident and is not any more, while others still are. */
export type LeftProject = IncidentProject & {
  readonly leftAt: Date;
  /** It was taken out of the sync, and did not recover. */
  readonly stopped?: true;
};

export type IncidentChannel = {
  readonly platform: Platform;
  readonly tenant: string;
  readonly conversation: string;
};

/** What should be known as one open problem. */
export type Problem = {
  /** The same wherever it is derived: of tenant, scope and what it is about, code, and since when. */
  readonly id: string;
  /** What it is about: at most one is open of each. */
  readonly key: string;
  readonly scope: IncidentScope;
  readonly since: Date;
  readonly cause: IncidentCause;
  /** By id; of an entity kind all that miss it, of the integration none: it is all of them. */
  readonly projects: readonly IncidentProject[];
  readonly ownTask?: { readonly taskId: string; readonly name: string };
  readonly channel?: IncidentChannel;
};

/** How it ended. */
export type IncidentEnd =
  | {
      readonly how: 'recovered';
      readonly at: Date /** Records that were caught up. */;
      readonly changes?: number;
    }
  /** Nobody mended it, but it counts no more. */
  | {
      readonly how: 'stopped';
      readonly at: Date;
      readonly why: 'integration disabled' | 'project stopped' | 'no alert channel';
      /** Of the project that was stopped last. */
      readonly changed?: Link['changed'];
    };

/** One thing that happened to an incident, told in the thread of its message. */
export type IncidentUpdate = {
  /** Counts from 1. */
  readonly n: number;
  readonly at: Date;
  /** It happened while the incident was snoozed: the message shows it, and nothing is posted. */
  readonly quiet?: true;
} & UpdateWhat;

export type UpdateWhat =
  /** `projects`: the first of them; `more` others. */
  | { readonly is: 'joined'; readonly projects: readonly IncidentProject[]; readonly more: number }
  | { readonly is: 'cause'; readonly cause: IncidentCause }
  | { readonly is: 'acknowledged'; readonly by: Actor }
  | { readonly is: 'snoozed'; readonly by: Actor; readonly until: Date }
  /** A snooze is over, and the incident is not. */
  | { readonly is: 'still open'; readonly cause: IncidentCause }
  /** It was over, and soon came back. */
  | { readonly is: 'open again'; readonly cause: IncidentCause }
  | { readonly is: 'recovered'; readonly end: Extract<IncidentEnd, { readonly how: 'recovered' }> };

/** A problem as it is kept. */
export type Incident = Problem & {
  /** Told once, with neither a change nor an end. */
  readonly notice: boolean;
  readonly openedAt: Date;
  /** Counts what is to be told: of another revision the message reads otherwise. */
  readonly revision: number;
  /** The latest of them, oldest first. */
  readonly updates: readonly IncidentUpdate[];
  /** Somebody says that they see to it. */
  readonly acknowledged?: { readonly by: Actor; readonly at: Date };
  /** Until then nothing but its end is posted. */
  readonly snoozed?: { readonly by: Actor; readonly at: Date; readonly until: Date };
  /** How often it came back soon after it was over; absent: never. */
  readonly relapses?: number;
  /** Of one that came back: since when it has been well again, which counts as its end only after a while. */
  readonly wellSince?: Date;
  /** Of one that came back: the id of the problem that it stands for by now. */
  readonly problemId?: string;
  /** Absent: none. Of those that left first only the latest thousand are kept. */
  readonly left?: readonly LeftProject[];
  readonly end?: IncidentEnd;
};

export type IncidentFacts = {
  /** The database server's clock. */
  readonly now: Date;
  readonly tenantId: string;
  readonly gate: {
    readonly enabled: boolean;
    readonly changed?: { readonly at: Date };
    readonly circuit?: { readonly failure: Failure; readonly since: Date };
  };
  readonly worker: {
    readonly lastBeat?: Date;
    /** From when on somebody has looked for beats: what was before is not the worker's fault. */
    readonly watchedSince: Date;
  };
  /** Since when everything could sync again, after an outage or a span without cwsync. */
  readonly resumedAt?: Date;
  /** All that are in trouble, and those of which an incident is open. */
  readonly tasks: readonly SyncTask[];
  readonly alertChannels: readonly IncidentChannel[];
  /** Those of them in which nothing can be posted. */
  readonly blocked: readonly {
    readonly channel: IncidentChannel;
    readonly since: Date;
    readonly reason: string;
  }[];
};

/** So many failures in a row of a cause that nobody knows are told. */
export const failuresBeforeAlert = 3;
/** Without any beat for so long, in milliseconds, the worker is down. */
export const workerDownAfterMs = 2 * 60_000;
/** After an outage everything is late for a while: for so long that is no news, in milliseconds. */
export const catchUpMs = 30 * 60_000;
/** A place where nothing can be posted is tried again after so long, in milliseconds. */
export const blockedRetryMs = 15 * 60_000;
/** Where a chat refuses cwsync itself nothing is told to anybody: it is told soon after the token is renewed. */
export const refusedRetryMs = 60_000;
/** The integration's own tasks come every minute: one that is a few minutes behind is no alert yet. */
const ownTaskLateByMs = 15 * 60_000;

type Found = {
  /** False: it only keeps open what is open. */
  readonly opens: boolean;
  readonly problem: Problem;
};

/** A problem to be: what it is about, and from when on it counts. */
type Draft = Omit<Problem, 'id'> & { readonly countsFrom?: Date };

/**
 * The problems that should be open now.
 * @param openKeys of those that are open
 */
export function problemsOf(facts: IncidentFacts, openKeys: ReadonlySet<string>): readonly Problem[] {
  const found = [
    ...wholeProblems(facts),
    ...grouped(facts.tasks.flatMap((task) => taskProblem(facts, task))),
  ];
  return found
    .filter(({ opens, problem }) => opens || openKeys.has(problem.key))
    .map(({ problem }) => problem);
}

function wholeProblems(facts: IncidentFacts): readonly Found[] {
  const { gate, tenantId } = facts;
  const found = facts.blocked.map((blocked) => channelProblem(tenantId, blocked));
  if (workerIsDown(facts)) found.push(workerProblem(facts));
  if (gate.enabled && gate.circuit) {
    const { failure, since } = gate.circuit;
    const draft = { key: 'integration', scope: 'integration', since, projects: [] } as const;
    const countsFrom = gate.changed ? { countsFrom: gate.changed.at } : {};
    found.push(opened(tenantId, { ...draft, cause: { is: 'failure', failure }, ...countsFrom }));
  }
  return found;
}

function channelProblem(tenantId: string, blocked: IncidentFacts['blocked'][number]): Found {
  const { channel, since, reason } = blocked;
  const key = `channel:${channel.platform}:${channel.tenant}/${channel.conversation}`;
  const failure: Failure = { code: 'chat.delivery-blocked', vendorMessage: reason };
  const draft = { key, scope: 'channel', since, projects: [], channel } as const;
  return opened(tenantId, { ...draft, cause: { is: 'failure', failure } });
}

export function workerIsDown({ now, worker }: Pick<IncidentFacts, 'now' | 'worker'>): boolean {
  const lookedForSince = Math.max(worker.lastBeat?.getTime() ?? 0, worker.watchedSince.getTime());
  return now.getTime() - lookedForSince > workerDownAfterMs;
}

function workerProblem({ tenantId, worker }: IncidentFacts): Found {
  const since = worker.lastBeat ?? worker.watchedSince;
  const cause = { is: 'failure', failure: { code: 'sync.worker-down' } } as const;
  return opened(tenantId, { key: 'worker', scope: 'cwsync', since, projects: [], cause });
}

function opened(tenantId: string, draft: Draft, opens = true): Found {
  const { countsFrom, ...problem } = draft;
  const { key, cause, since } = problem;
  const code = cause.is === 'failure' ? cause.failure.code : cause.is;
  const id = hash(JSON.stringify([tenantId, key, code, since, countsFrom ?? since]));
  return { opens, problem: { id, ...problem } };
}

function taskProblem(facts: IncidentFacts, task: SyncTask): readonly Found[] {
  const { gate, tenantId } = facts;
  const isProject = task.kind === 'project';
  if (!gate.enabled || task.link.state !== 'active' || (isProject && !task.lastSync)) return [];
  const trouble = troubleOf(facts, task);
  if (!trouble) return [];
  // What was switched off and on again, or has run since, is another problem than the one that was over before,
  // though a person has had to act all the while.
  const ranAt = later(task.lastSync?.at, task.failure?.at);
  const countsFrom = later(later(task.link.changed?.at, gate.changed?.at), ranAt);
  const { since, cause, opens } = trouble;
  const draft = { ...aboutOf(task, cause), since, cause, ...(countsFrom ? { countsFrom } : {}) };
  return [opened(tenantId, draft, opens)];
}

type Trouble = { readonly opens: boolean; readonly since: Date; readonly cause: IncidentCause };

function troubleOf(facts: IncidentFacts, task: SyncTask): Trouble | undefined {
  const { needsAttention, failure } = task;
  if (needsAttention) {
    return { opens: true, since: needsAttention.since, cause: failed(needsAttention.failure) };
  }
  const follows = facts.gate.circuit !== undefined || workerIsDown(facts);
  if (failure && isUnknown(failure) && task.attempts >= failuresBeforeAlert) {
    return { opens: !follows, since: failure.at, cause: failed(failure) };
  }
  const lateSince = lateSinceOf(facts, task);
  if (lateSince) {
    const last = failure ? { last: plain(failure) } : {};
    return { opens: !follows && !isCatchingUp(facts), since: lateSince, cause: { is: 'late', ...last } };
  }
  return failure ? { opens: false, since: failure.at, cause: failed(failure) } : undefined;
}

const failed = (failure: Failure): IncidentCause => ({ is: 'failure', failure: plain(failure) });

function isUnknown({ code }: Failure): boolean {
  const rule: FailureRule = failureRules[code];
  return rule.heals === 'unknown';
}

/** Without when it happened last, which is no part of what is told. */
function plain(failure: Failure & { readonly at?: Date }): Failure {
  const { at: _at, ...rest } = failure;
  return rest;
}

function lateSinceOf({ now }: IncidentFacts, { kind, lateAt }: SyncTask): Date | undefined {
  if (!lateAt) return undefined;
  const graceMs = kind === 'project' ? 0 : ownTaskLateByMs;
  return lateAt.getTime() + graceMs < now.getTime() ? lateAt : undefined;
}

function isCatchingUp({ now, resumedAt, gate }: IncidentFacts): boolean {
  const resumed = later(resumedAt, gate.changed?.at);
  return resumed !== undefined && now.getTime() - resumed.getTime() < catchUpMs;
}

function aboutOf(
  task: SyncTask,
  cause: IncidentCause,
): Pick<Problem, 'key' | 'scope' | 'projects' | 'ownTask'> {
  const isProject = task.kind === 'project';
  const projects = isProject ? [projectOf(task)] : [];
  const own = isProject ? {} : { ownTask: { taskId: task.id, name: task.link.projectName } };
  const entity = cause.is === 'failure' ? kindOf(cause.failure) : undefined;
  if (entity !== undefined) return { key: `entity:${entity}`, scope: 'entity kind', projects, ...own };
  return { key: `task:${task.id}`, scope: isProject ? 'project' : 'own task', projects, ...own };
}

/** The kind of record that all projects alike cannot read. */
function kindOf({ code, entity }: Failure): string | undefined {
  return failureRules[code].scope === 'entity kind' ? entity : undefined;
}

function projectOf({ id, projectId, link }: SyncTask): IncidentProject {
  const { externalId, projectName, customer, boardId } = link;
  const board = boardId === undefined ? {} : { boardId };
  return { taskId: id, projectId, externalId, name: projectName, customer, ...board };
}

/** What has one key is one problem: since the first of them, of all their projects. */
function grouped(found: readonly Found[]): readonly Found[] {
  const groups = new Map<string, Found[]>();
  for (const one of found) groups.set(one.problem.key, [...(groups.get(one.problem.key) ?? []), one]);
  return [...groups.values()].flatMap((group) => {
    const [first] = group.toSorted(bySince);
    if (!first) return [];
    const projects = group.flatMap(({ problem }) => problem.projects).toSorted(byId);
    const own = group.find(({ problem }) => problem.ownTask)?.problem.ownTask;
    const problem = { ...first.problem, projects, ...(own ? { ownTask: own } : {}) };
    return [{ opens: group.some(({ opens }) => opens), problem }];
  });
}

function bySince({ problem: a }: Found, { problem: b }: Found): number {
  return a.since.getTime() - b.since.getTime() || (a.id < b.id ? -1 : 1);
}

function byId(a: IncidentProject, b: IncidentProject): number {
  return a.taskId < b.taskId ? -1 : 1;
}

function later(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (!a || !b) return a ?? b;
  return a > b ? a : b;
}

/** A span without cwsync, told once. */
export function awayNotice(
  tenantId: string,
  gap: { readonly from: Date; readonly to: Date },
  catchingUp: number,
): Problem {
  const cause = { is: 'away', ...gap, catchingUp } as const;
  const since = gap.from;
  return opened(tenantId, { key: 'away', scope: 'away', since, projects: [], cause }).problem;
}
