import { commands } from '../../src/app/commands/registry.ts';
import { answeredAlreadyReply, keptReply, waitingDeletionsReply } from '../../src/app/replies/deletions.ts';
import { confirmDisconnectReply, disconnectedReply } from '../../src/app/replies/disconnect.ts';
import { helpOverviewReply, helpTopicReply } from '../../src/app/replies/help.ts';
import { integrationReply } from '../../src/app/replies/integration.ts';
import { integrationLogReply, requestLogReply } from '../../src/app/replies/logs.ts';
import { notice, people } from '../../src/app/replies/parts.ts';
import { projectCardReply } from '../../src/app/replies/project-card.ts';
import { projectChoiceReply } from '../../src/app/replies/project-choice.ts';
import { statusListReply } from '../../src/app/replies/status-list.ts';
import {
  acceptedReply,
  endedReply,
  gateShutReply,
  givenUpReply,
  retryingReply,
  startedReply,
  takenUpAgainReply,
} from '../../src/app/replies/sync-answer.ts';
import { tasksReply } from '../../src/app/replies/tasks.ts';
import { restoredReply, tombstonesReply } from '../../src/app/replies/tombstones.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { PlanRecord } from '../../src/domain/plan.ts';
import { itself, type LinkState, type SyncTask } from '../../src/domain/sync-task.ts';
import type { GateState } from '../../src/ports/gate.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import type { Reply } from '../../src/ports/reply.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import { openGate, testLinks } from './command-rig.ts';
import { atMs, makeSyncTask, noRecords, testStart } from './make-sync-task.ts';

/** Names that somebody somewhere gave a project. */
export const extremeNames: readonly (readonly [what: string, name: string])[] = [
  ['200 letters', 'x'.repeat(200)],
  ['200 emoji', '😀'.repeat(200)],
  ['families', '👩‍👩‍👧‍👦'.repeat(40)],
  ['right to left', 'העברת המשרד '.repeat(16)],
  ['a change of direction', '\u202eevom eciffO'],
  ['a call to the channel', '@channel <!channel> <!here> @everyone'],
  ['a script', '<script>alert("x")</script>'],
  ['markup', '*bold* _it_ ~no~ `code` > quote & <https://evil.example|click>'],
  ['200 ampersands', '&'.repeat(200)],
  ['entities', '&amp;&lt;&gt;'],
  ['a bar and a date', '<!date^1^{date}|x>|'],
  ['line ends', 'one\ntwo\r\nthree'],
  ['quotes', '"“Office” \\ move"'],
  ['blanks', '   '],
  ['nothing', ''],
];

const now = testStart;
const states: readonly LinkState[] = ['active', 'disabled', 'archived', 'disconnected'];

function failureNamed(name: string): Failure & { readonly at: Date } {
  return {
    code: 'cw.rejected',
    message: `Refused: ${name}`,
    field: name,
    vendorMessage: name.repeat(10),
    reference: 'r-1',
    at: atMs(1),
  };
}

/** Every state that a project can be shown in, with this name wherever somebody else's words can stand. */
function tasksNamed(name: string): readonly SyncTask[] {
  const changed = { by: { id: 'slack:T/U', name }, at: now, reason: name };
  const link = { projectName: name, customer: name, board: name };
  const failure = failureNamed(name);
  const question = { code: 'plan.mass-deletion', message: name, entity: 'ticket' } as const;
  const paused = { code: 'cw.rate-limited', retryAfterMs: 90_000, at: now } as const;
  const claimed = { want: 1, kinds: ['comprehensive'], prio: 2, forceNow: false, suspects: [] } as const;
  const { lastSync: _, ...fresh } = makeSyncTask({ link: { ...link, customer: null, board: null } });
  return [
    ...states.map((state) => makeSyncTask({ link: { ...link, state, changed } })),
    fresh,
    makeSyncTask({ link: { ...link, state: 'disabled', changed: { ...changed, by: itself } } }),
    makeSyncTask({ link, lateAt: atMs(-1), clockAt: atMs(9) }),
    makeSyncTask({ link, kind: 'misc', state: 'requested', wakeAt: atMs(9) }),
    makeSyncTask({ link, needsAttention: { since: now, failure: question } }),
    makeSyncTask({ link, kinds: ['comprehensive'], comprehensiveRequests: 12_345, failure: paused }),
    makeSyncTask({ link, needsAttention: { since: now, failure }, failure }),
    makeSyncTask({ link, state: 'requested', wakeAt: atMs(9), failure, attempts: 3 }),
    makeSyncTask({ link, state: 'requested', wakeAt: atMs(-9) }),
    makeSyncTask({ link, state: 'syncing', wakeAt: atMs(-9) }),
    makeSyncTask({
      link,
      state: 'syncing',
      wakeAt: atMs(9),
      startedAt: now,
      claimed,
      progress: { phase: 'tickets', doneCount: 1, totalCount: 99_999 },
    }),
  ];
}

function planRecord(kind: 'phase' | 'task', n: number, name: string): PlanRecord {
  const reference = { id: 1, name };
  const fields = {
    name,
    summary: name,
    wbsCode: `1.${n}`,
    status: reference,
    owner: n % 2 === 0 ? null : reference,
    phaseId: `phase-${n}`,
    dates: { start: null, due: '2026-01-20T00:00:00Z' },
    budgetHours: 4,
    closed: n === 3,
  };
  const base = { psa: {}, plan: {} };
  const id = `${kind}-${n}`;
  const rest = { version: 1, syncFence: 1, changedAt: now, changedBy: name };
  return { ...rest, id, projectId: 'p1', kind, fields, base, externalId: 4_000 + n };
}

const ten = Array.from({ length: 10 }, (_, n) => n);

const importing = { left: 92, of: 212 };

function listReplies(name: string, tasks: readonly SyncTask[], gate = openGate): Reply[] {
  const list = {
    total: 25,
    needAttention: 2,
    hidden: { disabled: 3, archived: 1 },
    linked: 40,
    importing,
    now,
  };
  const places = new Map([['t:p1', 0]]);
  const view = {
    places,
    waiting: new Map([['t:p1', 1_400]]),
    gate,
    links: testLinks,
    withDisabled: true,
    withArchived: true,
    linksByItself: true,
    missing: [],
  };
  const none = { ...list, tasks: [], total: 0, needAttention: 0 };
  return [
    statusListReply({ ...view, list: { ...list, tasks }, page: 2, filter: name }),
    statusListReply({ ...view, list: { ...list, tasks: [] }, page: 99 }),
    statusListReply({ ...view, list: none, page: 1, filter: name }),
    statusListReply({ ...view, list: none, page: 1 }),
    statusListReply({ ...view, list: { ...none, linked: 0 }, page: 1 }),
    statusListReply({ ...view, list: none, page: 1, missing: [`ConnectWise needs ${name}`] }),
  ];
}

function logReplies(name: string, task: SyncTask): Reply[] {
  const entries = ten.map((n): LogEntry => {
    const severity = n % 3 === 0 ? 'error' : 'info';
    const record = { entity: n % 2 === 0 ? 'task' : 'project', externalId: n } as const;
    const words = { message: name.repeat(20), next: 'Look at it.' };
    return { at: now, severity, action: 'conflict', direction: 'from ConnectWise', ...record, ...words };
  });
  const requests = ten.map((n): RequestRecord => {
    const answer = n % 2 === 0 ? {} : { status: 500, errorMessage: name.repeat(20) };
    const path = `/project?${name.repeat(20)}`;
    return { at: now, method: 'GET', path, durationMs: 12.3, attempt: n, requestId: 'q-1', ...answer };
  });
  const views = [
    { errorsOnly: false, page: 1, links: testLinks },
    { errorsOnly: true, since: '24h', page: 3, links: testLinks, task },
  ];
  return views.flatMap((view) => [
    integrationLogReply(view, { entries, more: true }),
    integrationLogReply(view, { entries: [], more: false }),
    requestLogReply(view, { entries: requests, more: true }),
    requestLogReply(view, { entries: [], more: false }),
  ]);
}

function taskReplies(name: string, tasks: readonly SyncTask[]): Reply[] {
  const phases = ten.map((n) => planRecord('phase', n, name));
  const items = ten.map((n) => planRecord('task', n, name));
  const view = { links: testLinks, counts: { ...noRecords, task: 1_234, timeLog: 99_999 } };
  return tasks.flatMap((task) => [
    tasksReply({ ...view, task, phases, tasks: items, total: 1_234, page: 2 }),
    tasksReply({ ...view, task, phases: [], tasks: items, total: 10, page: 1 }),
    tasksReply({ ...view, task, phases: [], tasks: [], total: 0, page: 1 }),
  ]);
}

const goneReason = 'moved to a project that is not linked';

function deletionReplies(name: string, tasks: readonly SyncTask[]): Reply[] {
  const many = Array.from({ length: 1_400 }, (_, n) => planRecord('task', n, name));
  const approved = many.slice(0, 3).map((one) => ({ ...one, frozen: { at: now, approvedBy: name } }));
  const tombstones = ten.map((n) => {
    const { externalId: _, ...unpaired } = planRecord(n % 2 === 0 ? 'task' : 'phase', n, name);
    return { ...unpaired, deleted: { at: now, by: name, reason: goneReason } } as const;
  });
  return tasks.flatMap((task) => [
    waitingDeletionsReply({ task, open: many, approved }),
    waitingDeletionsReply({ task, open: many.slice(0, 1), approved: [] }),
    waitingDeletionsReply({ task, open: [], approved: [] }),
    answeredAlreadyReply({ task, open: [], approved }),
    keptReply(task, 1),
    tombstonesReply({ task, records: tombstones, total: 1_234, page: 2 }),
    tombstonesReply({ task, records: [], total: 0, page: 1 }),
    restoredReply(task, `Task “${name}”`),
    confirmDisconnectReply({ task, counts: noRecords, mistyped: true }),
    confirmDisconnectReply({ task, counts: noRecords, mistyped: false }),
    disconnectedReply(task),
  ]);
}

/** Every way in which everything can stand still, with this name as the one of whoever did it. */
function gatesNamed(name: string): readonly GateState[] {
  const changed = { by: { id: 'slack:T/U', name }, at: now, reason: name.repeat(5) };
  const circuit = { failure: failureNamed(name), since: now, probes: 3 };
  const refused = { failure: { code: 'cw.auth' }, since: now, probes: 0 } as const;
  return [
    openGate,
    { now, enabled: true, changed },
    { now, enabled: false, changed },
    { now, enabled: false, changed, circuit: refused },
    { now, enabled: true, circuit: refused },
    { now, enabled: true, circuit: { ...circuit, probeAt: atMs(9_000) } },
    { now, enabled: true, circuit: { ...circuit, probeAt: atMs(-9) } },
  ];
}

function gateReplies(name: string, tasks: readonly SyncTask[]): Reply[] {
  const [task = makeSyncTask()] = tasks;
  return gatesNamed(name).flatMap((gate) => [
    integrationReply(gate, 212),
    gateShutReply({ task, now, gate, place: 3 }),
    projectCardReply({ task, now, gate, waiting: 140, links: testLinks }),
    ...listReplies(name, tasks, gate),
  ]);
}

function helpReplies(name: string): Reply[] {
  const fifty = Array.from({ length: 50 }, (_, n) => (n === 0 ? `teams:${name}` : `slack:T1/U${n}`));
  return [
    helpOverviewReply({ commands, role: 'admin', admins: fifty, missing: [name], unknown: name }),
    helpOverviewReply({ commands, role: 'viewer', admins: [], missing: [] }),
    ...commands.map((command) => helpTopicReply(command)),
    notice(`Not allowed: ${name}`, people(fifty, 'nobody'), [{ label: name, command: 'help' }]),
  ];
}

function choiceReplies(name: string): Reply[] {
  const shown = ten.slice(0, 5).map((n) => ({
    taskId: `t:${n}`,
    externalId: n,
    name,
    customer: name,
    state: states[n % states.length] ?? 'active',
  }));
  const command = (selector: string): string => `sync ${selector}`;
  return [
    projectChoiceReply({ typed: name, matches: 99, shown, command }),
    projectChoiceReply({ typed: name, matches: 0, shown, command }),
    projectChoiceReply({ typed: name, matches: 0, shown: [], command }),
  ];
}

/** What every reply builder makes of this name, in every state. */
export function extremeReplies(name: string): readonly Reply[] {
  const tasks = tasksNamed(name);
  const [first = makeSyncTask()] = tasks;
  const gate = openGate;
  const cost = { tickets: 10_000, requestsPerSecond: 8 };
  return [
    ...tasks.map((task) => projectCardReply({ task, now, gate, place: 3, links: testLinks })),
    ...tasks.flatMap((task) => [
      acceptedReply({ task, now, gate, place: 0, cost }),
      startedReply({ task, now, gate, cost }),
      retryingReply({ task, now, gate }),
      takenUpAgainReply({ task, now, gate, place: 1 }),
      givenUpReply({ task, now, gate }, now),
      endedReply({ task, now, gate }, now, true),
      endedReply({ task, now, gate, waiting: 140 }, now, true),
      endedReply({ task, now, gate }, now, false),
    ]),
    ...listReplies(name, tasks),
    ...logReplies(name, first),
    ...taskReplies(name, tasks),
    ...deletionReplies(name, tasks),
    ...gateReplies(name, tasks),
    ...helpReplies(name),
    ...choiceReplies(name),
  ];
}
