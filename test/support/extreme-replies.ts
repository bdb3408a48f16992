import { commands } from '../../src/app/commands/registry.ts';
import { helpOverviewReply, helpTopicReply } from '../../src/app/replies/help.ts';
import { integrationLogReply, requestLogReply } from '../../src/app/replies/logs.ts';
import { notice, people } from '../../src/app/replies/parts.ts';
import { projectCardReply } from '../../src/app/replies/project-card.ts';
import { projectChoiceReply } from '../../src/app/replies/project-choice.ts';
import { statusListReply } from '../../src/app/replies/status-list.ts';
import {
  acceptedReply,
  endedReply,
  givenUpReply,
  retryingReply,
  startedReply,
  takenUpAgainReply,
} from '../../src/app/replies/sync-answer.ts';
import { tasksReply } from '../../src/app/replies/tasks.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { PlanRecord } from '../../src/domain/plan.ts';
import type { LinkState, SyncTask } from '../../src/domain/sync-task.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import type { Reply } from '../../src/ports/reply.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import { testLinks } from './command-rig.ts';
import { atMs, makeSyncTask, testStart } from './make-sync-task.ts';

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
  const claimed = { want: 1, kinds: ['comprehensive'], prio: 2, forceNow: false } as const;
  const { lastSync: _, ...fresh } = makeSyncTask({ link: { ...link, customer: null, board: null } });
  return [
    ...states.map((state) => makeSyncTask({ link: { ...link, state, changed } })),
    fresh,
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

function listReplies(name: string, tasks: readonly SyncTask[]): Reply[] {
  const list = { total: 25, needAttention: 2, hidden: { disabled: 3, archived: 1 }, linked: 40, now };
  const places = new Map([['t:p1', 0]]);
  const view = {
    places,
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
  return tasks.flatMap((task) => [
    tasksReply({ task, phases, tasks: items, total: 1_234, page: 2, links: testLinks }),
    tasksReply({ task, phases: [], tasks: items, total: 10, page: 1, links: testLinks }),
    tasksReply({ task, phases: [], tasks: [], total: 0, page: 1, links: testLinks }),
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
  return [
    ...tasks.map((task) => projectCardReply({ task, now, place: 3, links: testLinks })),
    ...tasks.flatMap((task) => [
      acceptedReply({ task, now, place: 0 }),
      startedReply({ task, now }),
      retryingReply({ task, now }),
      takenUpAgainReply({ task, now, place: 1 }),
      givenUpReply({ task, now }, now),
      endedReply({ task, now }, now, true),
      endedReply({ task, now }, now, false),
    ]),
    ...listReplies(name, tasks),
    ...logReplies(name, first),
    ...taskReplies(name, tasks),
    ...helpReplies(name),
    ...choiceReplies(name),
  ];
}
