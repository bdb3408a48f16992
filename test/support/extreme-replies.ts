import { commands } from '../../src/app/commands/registry.ts';
import { newTaskForm } from '../../src/app/forms/new-task-form.ts';
import { planTaskForm } from '../../src/app/forms/plan-task-form.ts';
import { pushProjectForm } from '../../src/app/forms/push-project-form.ts';
import { settingsForm } from '../../src/app/forms/settings-form.ts';
import { marksOf, shownSettings } from '../../src/app/forms/settings-values.ts';
import { statusesForm } from '../../src/app/forms/statuses-form.ts';
import { turnOnWords, writeSwitchForm } from '../../src/app/forms/write-switch-form.ts';
import type { PreviewedRecord } from '../../src/app/preview.ts';
import type { Readiness } from '../../src/app/readiness.ts';
import { auditReply } from '../../src/app/replies/audit.ts';
import {
  changedSinceReply,
  nothingToTakeReply,
  refusedTakeReply,
  takeCommand,
} from '../../src/app/replies/conflict.ts';
import { answeredAlreadyReply, keptReply, waitingDeletionsReply } from '../../src/app/replies/deletions.ts';
import { confirmDisconnectReply, disconnectedReply } from '../../src/app/replies/disconnect.ts';
import {
  importEndedReply,
  importGivenUpReply,
  importingReply,
  lookingReply,
} from '../../src/app/replies/first-import.ts';
import { followsReply } from '../../src/app/replies/follows.ts';
import { helpCommandReply, helpOverviewReply, helpTopicReply } from '../../src/app/replies/help.ts';
import { topicNames, topicOf } from '../../src/app/replies/help-topics.ts';
import { homeReply } from '../../src/app/replies/home.ts';
import { integrationReply } from '../../src/app/replies/integration.ts';
import { logEntryReply, noSuchEntryReply, requestReply } from '../../src/app/replies/log-detail.ts';
import { entriesExport, requestsExport } from '../../src/app/replies/log-export.ts';
import { integrationLogReply, type LogsView, requestLogReply } from '../../src/app/replies/logs.ts';
import { notice, people } from '../../src/app/replies/parts.ts';
import { planSavedReply, taskMadeReply } from '../../src/app/replies/plan-edit.ts';
import { projectCardReply } from '../../src/app/replies/project-card.ts';
import { projectChoiceReply } from '../../src/app/replies/project-choice.ts';
import { reportReply } from '../../src/app/replies/report.ts';
import { rolesReply } from '../../src/app/replies/roles.ts';
import { settingsChanges, settingsNames, settingsSavedReply } from '../../src/app/replies/settings.ts';
import { notReadyReply } from '../../src/app/replies/setup.ts';
import { statusListReply } from '../../src/app/replies/status-list.ts';
import { statusesSavedReply } from '../../src/app/replies/statuses.ts';
import {
  acceptedReply,
  endedReply,
  gateShutReply,
  givenUpReply,
  retryingReply,
  startedReply,
  takenUpAgainReply,
} from '../../src/app/replies/sync-answer.ts';
import { syncPreviewReply } from '../../src/app/replies/sync-preview.ts';
import { tasksReply } from '../../src/app/replies/tasks.ts';
import { restoredReply, tombstonesReply } from '../../src/app/replies/tombstones.ts';
import { welcomeReply } from '../../src/app/replies/welcome.ts';
import { type Failure, type FailureCode, failureRules } from '../../src/domain/failure.ts';
import type { PlanRecord } from '../../src/domain/plan.ts';
import { roles } from '../../src/domain/roles.ts';
import { proposeMapping, taskCategories } from '../../src/domain/status-mapping.ts';
import { itself, type LinkState, type SyncTask } from '../../src/domain/sync-task.ts';
import type { Form } from '../../src/ports/form.ts';
import type { GateState } from '../../src/ports/gate.ts';
import type { Kept, LogEntry } from '../../src/ports/log-store.ts';
import type { AuditEntry } from '../../src/ports/people.ts';
import type { Reply } from '../../src/ports/reply.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import { defaultSettings } from '../../src/ports/settings.ts';
import { openGate, testLinks } from './command-rig.ts';
import { extremeIncidents } from './extreme-incidents.ts';
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
const failureCodes = Object.keys(failureRules) as FailureCode[];
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

function planRecord(kind: 'project' | 'phase' | 'task', n: number, name: string): PlanRecord {
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

const importing = { left: 92, of: 212, needAttention: 3, pace: { since: atMs(-60_000), imported: 120 } };

/** Lists with projects, and without any. */
function listViews(name: string, tasks: readonly SyncTask[], gate = openGate) {
  const list = {
    total: 25,
    needAttention: 12,
    attention: tasks.filter(({ needsAttention }) => needsAttention),
    hidden: { disabled: 3, disconnected: 0, archived: 1 },
    linked: 40,
    importing,
    now,
  };
  const places = new Map([['t:p1', 0]]);
  const view = {
    reader: { role: 'viewer', helpers: [`teams:${name}`] } as const,
    places,
    waiting: new Map([['t:p1', 1_400]]),
    gate,
    links: testLinks,
    wish: { disabled: true, archived: true },
    notices: [[{ part: 'name', text: name } as const]],
    readOnly: true,
  };
  const none = { ...list, tasks: [], attention: [], total: 0, needAttention: 0 };
  const narrow = { filter: name, board: name, mine: true, byBoard: true, state: 'Late' } as const;
  return { view, list: { ...list, tasks }, none, narrow };
}

function listReplies(name: string, tasks: readonly SyncTask[], gate = openGate): Reply[] {
  const { view, list, none, narrow } = listViews(name, tasks, gate);
  return [
    statusListReply({ ...view, list, page: 2, wish: narrow }),
    statusListReply({ ...view, list, page: 1 }),
    statusListReply({ ...view, list: none, page: 1, wish: narrow }),
    ...[{ mine: true }, { board: name }, { problems: true }, { state: 'Late' } as const].map((wish) =>
      statusListReply({ ...view, list: none, page: 1, wish }),
    ),
    statusListReply({ ...view, list: { ...list, tasks: [] }, page: 99 }),
    statusListReply({ ...view, list: none, page: 1, wish: { filter: name } }),
    statusListReply({ ...view, list: none, page: 1 }),
    ...stagesNamed(name, gate).flatMap((ready) => [
      statusListReply({ ...view, list: { ...none, linked: 0 }, page: 1, ready }),
      notReadyReply(ready, 'viewer', [`teams:${name}`]),
    ]),
  ];
}

const stages = ['keys-absent', 'keys-refused', 'unreachable', 'no-boards', 'importing', 'ready'] as const;

function stagesNamed(name: string, gate: GateState): Readiness[] {
  const facts = { missing: [`ConnectWise needs ${name}`], gate, linked: 0, importing };
  return stages.map((stage) => ({ ...facts, stage }));
}

function importReplies(name: string, task: SyncTask): Reply[] {
  const failure = failureNamed(name);
  const examples = ten.slice(0, 5).map((externalId) => ({ externalId, name, failure }));
  const linkTo = (id: number): string => testLinks.record('project', id);
  const state = { now, of: 212, imported: 120, needAttention: 3, stuck: 9, examples };
  return gatesNamed(name).flatMap((gate) => {
    const view = { state, gate, elapsedMs: 65_000, linkTo, misc: { ...task, kind: 'misc' } as const };
    const nothing = { ...state, of: 0, imported: 0, stuck: 0, needAttention: 0, examples: [] };
    return [
      lookingReply(view),
      lookingReply({ state, gate, elapsedMs: 0, linkTo }),
      importingReply({ ...view, leftMs: 125_000 }),
      importEndedReply(view),
      importEndedReply({ state: nothing, gate, elapsedMs: 0, linkTo }),
      importGivenUpReply(view),
    ];
  });
}

/** Of days that had more of everything than there can be. */
function reportOfAMonth(task: SyncTask): Reply {
  const starts = Array.from({ length: 30 }, (_, n) => new Date(now.getTime() - (30 - n) * 86_400_000));
  const many = 9_999_999;
  const runs = {
    completed: { delta: many, comprehensive: many },
    failed: { delta: many, comprehensive: many },
    forPerson: many,
    durations: [{ step: 300, count: many }],
  };
  const causes = failureCodes.map((code) => ({ code, count: many }));
  const view = {
    ...{ task, starts, until: now, timeZone: 'America/Argentina/ComodRivadavia' },
    runs: { days: starts.map(() => runs), causes, since: now },
    requests: { days: starts.map(() => ({ made: many, failed: many, busiestMinute: many })), since: now },
    ...{ perMinute: 480, retentionDays: 30 },
  };
  const until = (since: Date) => ({
    ...view,
    runs: { ...view.runs, since },
    requests: { ...view.requests, since },
  });
  return reportReply(until(new Date(0)), new Uint8Array(9));
}

function logReplies(name: string, task: SyncTask): Reply[] {
  const projects = new Map([['p1', task]]);
  const entries = ten.map((n): Kept<LogEntry> => {
    const severity = n % 3 === 0 ? 'error' : 'info';
    const record = { entity: n % 2 === 0 ? 'task' : 'project', externalId: n } as const;
    const words = { message: name.repeat(20), next: 'Look at it.' };
    const of = { id: `e${n}`, projectId: 'p1', runId: 'r1', planId: name, mode: 'delta' } as const;
    return {
      at: now,
      severity,
      action: 'conflict',
      direction: 'from ConnectWise',
      ...of,
      ...record,
      ...words,
    };
  });
  const requests = ten.map((n): Kept<RequestRecord> => {
    const answer = n % 2 === 0 ? {} : { status: 500, errorMessage: name.repeat(20) };
    const path = `/project?${name.repeat(20)}`;
    const of = { id: `q${n}`, projectId: 'p1', errorBody: name.repeat(50) };
    return { at: now, method: 'GET', path, durationMs: 12.3, attempt: n, requestId: 'q-1', ...of, ...answer };
  });
  const views = [
    { errorsOnly: false, page: 1, links: testLinks, projects },
    { errorsOnly: true, since: '24h', page: 3, links: testLinks, task, projects },
  ];
  const refusedFields = Object.fromEntries(
    ten.map((n) => [`field${n}`, { value: n > 4 ? name : null, words: name.repeat(9) }]),
  );
  const record = { ...planRecord('task', 1, name), rejected: { at: now, fields: refusedFields } };
  const conflicts = ten.map((n) => ({
    ...{ field: n % 2 === 0 ? 'summary' : 'dates', plan: name, psa: { name } },
    took: n % 3 === 0 ? ('plan' as const) : ('connectwise' as const),
  }));
  const [first] = entries;
  const ofRecord = first
    ? [
        logEntryReply({ ...first, conflicts }, { links: testLinks, task, record }),
        logEntryReply({ ...first, action: 'rejected' }, { links: testLinks, task, record }),
      ]
    : [];
  const details = [{ links: testLinks }, { links: testLinks, task }].flatMap((view) => [
    ...entries.map((entry) => logEntryReply(entry, view)),
    ...requests.map((request) => requestReply(request, view)),
  ]);
  const exports = [
    { at: now, projects },
    { at: now, projects, task },
  ].flatMap((view) => [
    entriesExport({ entries, more: true }, view),
    requestsExport({ entries: requests, more: false }, view),
    requestsExport({ entries: [], more: false }, view),
  ]);
  return [...ofRecord, ...details, ...exports, noSuchEntryReply(), ...logPages(views, entries, requests)];
}

function logPages(
  views: readonly LogsView[],
  entries: readonly Kept<LogEntry>[],
  requests: readonly Kept<RequestRecord>[],
): Reply[] {
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

function previewReplies(name: string, task: SyncTask): Reply[] {
  const value = { name, start: name, list: [name, null, true] };
  const edited = ten.map((n) => ({
    field: `field${n}`,
    was: n % 2 === 0 ? value : [name],
    is: name.repeat(9),
    ...(n % 3 === 0 ? { held: name.repeat(3) } : {}),
  }));
  const records = Array.from({ length: 1_234 }, (_, n): PreviewedRecord => {
    const made = planRecord(n % 2 === 0 ? 'task' : 'phase', n, name);
    const record = { ...made, externalId: n, base: { psa: {}, plan: {} } };
    if (n % 4 === 1) return { does: 'create', record: made, held: name };
    if (n % 4 === 2) return { does: 'cancel', record, words: name };
    return { does: 'change', record, edited: [...edited, ...edited] };
  });
  const view = { task, links: testLinks, writing: true };
  return [
    syncPreviewReply({ ...view, preview: { records, more: true }, page: 2 }),
    syncPreviewReply({ ...view, writing: false, preview: { records: [], more: false }, page: 1 }),
  ];
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
    restoredReply(task, `Task “${name}”`, 'here alone'),
    confirmDisconnectReply({ task, counts: noRecords }),
    disconnectedReply(task),
  ]);
}

function editReplies(name: string, task: SyncTask): Reply[] {
  const record = planRecord('task', 1, name);
  const edit = { summary: name.repeat(3), owner: { id: 1, name }, dates: { start: name, due: null } };
  const when = [{ part: 'text', text: name } as const];
  const conflict = { field: 'summary', plan: name, psa: { name }, took: 'plan' } as const;
  return [
    planSavedReply({ task, record, before: record.fields, edit, when }),
    taskMadeReply(task, record, when),
    changedSinceReply(record, conflict, { label: 'Apply', command: takeCommand('e1', 'summary', 'x') }),
    refusedTakeReply([name, name]),
    nothingToTakeReply('It is so already.', task),
  ];
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
    projectCardReply({ workType: {}, task, now, gate, waiting: 140, links: testLinks }),
    ...listReplies(name, tasks, gate),
  ]);
}

function helpReplies(name: string): Reply[] {
  const fifty = Array.from({ length: 50 }, (_, n) => (n === 0 ? `teams:${name}` : `slack:T1/U${n}`));
  return [
    helpOverviewReply({ commands, role: 'admin', admins: fifty, missing: [name], unknown: name }),
    helpOverviewReply({
      commands,
      role: 'operator',
      admins: fifty,
      missing: [],
      unknown: name,
      near: 'sync',
    }),
    helpOverviewReply({ commands, role: 'viewer', admins: [], missing: [] }),
    ...commands.map((command) => helpCommandReply(command)),
    ...topicNames.map((topic) => helpTopicReply(topicOf(topic, { retentionDays: 30 }))),
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
    ...tasks.map((task) => projectCardReply({ workType: {}, task, now, gate, place: 3, links: testLinks })),
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
    reportOfAMonth(first),
    ...taskReplies(name, tasks),
    ...previewReplies(name, first),
    ...deletionReplies(name, tasks),
    ...editReplies(name, first),
    ...gateReplies(name, tasks),
    ...helpReplies(name),
    ...importReplies(name, first),
    ...roles.flatMap((role) => [welcomeReply(role, true), welcomeReply(role, false)]),
    ...choiceReplies(name),
    ...extremeIncidents(name),
    ...steeringReplies(name, tasks),
  ];
}

function steeringReplies(name: string, tasks: readonly SyncTask[]): readonly Reply[] {
  const settings = { ...defaultSettings, boards: [1, 2], defaultWorkType: 1, boardWorkTypes: { 1: 2 } };
  const rows = [1, 2].map((id) => ({ id, name }));
  const changes = settingsChanges(defaultSettings, settings, settingsNames(rows, rows));
  const entry: AuditEntry = {
    at: now,
    actor: 'slack:T1/U1',
    actorName: name,
    platform: 'slack',
    command: 'disable',
    target: name,
    before: name,
    after: name,
    outcome: name,
  };
  const entries = Array.from({ length: 10 }, () => entry);
  const [task = makeSyncTask()] = tasks;
  const holders = Array.from({ length: 10 }, (_, i) => ({
    key: `slack:T1/U${i}`,
    role: 'operator' as const,
  }));
  const many = Array.from({ length: 25 }, () => task);
  return [
    statusesSavedReply(
      5,
      name,
      Array.from({ length: 40 }, () => ({ label: name, before: name, after: name })),
    ),
    settingsSavedReply(changes, true),
    settingsSavedReply(changes, false),
    auditReply({ page: 2, entries, more: true, task }),
    auditReply({ page: 1, entries: [], more: false }),
    rolesReply({ shown: holders, total: 500, page: 3, defaultRole: 'viewer' }),
    followsReply({ mine: true, projects: many }),
    followsReply({ mine: false, projects: [] }),
  ];
}

/** The same of the standing page, which has its own limits. */
export function extremeHomes(name: string): readonly Reply[] {
  const tasks = tasksNamed(name);
  const problem = notice(`Not known: ${name}`).blocks;
  return gatesNamed(name).flatMap((gate) => {
    const { view, list, none, narrow } = listViews(name, tasks, gate);
    return [
      homeReply({ ...view, perPage: 20, list, page: 1, wish: narrow }),
      homeReply({ ...view, perPage: 20, list, page: 2 }),
      homeReply({ ...view, perPage: 20, list: none, page: 1, problem }),
      homeReply({ ...view, perPage: 20, list: none, page: 1 }),
    ];
  });
}

/** What every form that holds words of others makes of this name. */
export function extremeForms(name: string): readonly Form[] {
  const person = { platform: 'slack', tenant: 'T1', userId: 'U1', name } as const;
  const task = makeSyncTask({ link: { projectName: name } });
  const record = { ...planRecord('task', 1, name), changedBy: name };
  const members = Array.from({ length: 300 }, (_, n) => ({ id: n + 2, name }));
  const phases = Array.from({ length: 150 }, (_, n) => planRecord('phase', n, name));
  const door = { hasStatusFor: () => true, isActiveMember: () => true, isPhase: () => true };
  const statuses = taskCategories.map((category, id) => ({ category, status: { id, name } }));
  const desk = { statuses, members, phases, door };
  const mine = { summary: name, status: 'Blocked', owner: '7', start: name.slice(0, 10), due: '' };
  const theirs = [[{ part: 'name', text: name } as const]];
  const shown = Array.from({ length: 30 }, (_, id) => ({
    ...{ id, name, closed: false, inactive: id === 3, escalation: null, sortOrder: null, isDefault: false },
  }));
  const mapping = proposeMapping(undefined, shown, 5);
  const board = { person, board: name, page: 2, statuses: { shown, mapping } };
  const setBy = mapping.statuses.map((status) => ({ ...status, setBy: name }));
  const settings = { ...defaultSettings, defaultWorkType: 1 };
  const rows = [{ id: 1, name, identifier: null, inactive: false, gone: false, details: {} }];
  const marks = marksOf(shownSettings(settings, person));
  const outlook = { records: [], projects: 3, atLeast: true };
  return [
    planTaskForm({ person, task, record, desk }),
    planTaskForm({
      person,
      task,
      record: { ...record, fields: {} },
      desk: { ...desk, statuses: [], members: [] },
    }),
    planTaskForm({ person, task, record, desk, conflict: { mine, theirs } }),
    newTaskForm(person, task, phases, 'task-9'),
    pushProjectForm({
      ...{
        person,
        record: { ...planRecord('project', 1, name), fields: { name, company: rows[0] ?? null } },
      },
      ...{ counts: noRecords, tables: { boards: members, companies: rows } },
    }),
    statusesForm(board),
    statusesForm({ ...board, page: 1, statuses: { shown, mapping: { ...mapping, statuses: setBy } } }),
    statusesForm({ ...board, conflict: { mine: {}, theirs: [...theirs, ...theirs] } }),
    writeSwitchForm(person, outlook),
    settingsForm({
      ...{ person, settings, revision: 1, marks, boards: rows, workTypes: rows, round: '~1' },
      agreeTo: turnOnWords(outlook),
    }),
  ];
}
