import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/domain/failure.ts';
import {
  awayNotice,
  catchUpMs,
  type Incident,
  type IncidentFacts,
  type Problem,
  problemsOf,
  workerDownAfterMs,
} from '../../src/domain/incident.ts';
import { changesTo } from '../../src/domain/incident-changes.ts';
import { atMs, makeSyncTask, noCounts, testStart } from '../support/make-sync-task.ts';

const minute = 60_000;
const channel = { platform: 'slack', tenant: 'T1', conversation: 'C1' } as const;
type Given = Parameters<typeof makeSyncTask>[0];

function facts(tasks: readonly Given[], given: Partial<IncidentFacts> = {}): IncidentFacts {
  return {
    now: testStart,
    tenantId: 't',
    gate: { enabled: true },
    worker: { watchedSince: atMs(-3_600_000), lastBeat: testStart },
    tasks: tasks.map((task) => makeSyncTask(task)),
    alertChannels: [channel],
    blocked: [],
    ...given,
  };
}

const project = (n: number, given: Given = {}): Given => ({ id: `t:p${n}`, projectId: `p${n}`, ...given });
const attention = (code: Failure['code'], more: Partial<Failure> = {}, since = atMs(-minute)) => ({
  needsAttention: { since, failure: { code, ...more } },
});
const failure = (code: Failure['code']) => ({ failure: { code, at: atMs(-minute) } });
const none = new Set<string>();
const keys = (given: IncidentFacts, open: ReadonlySet<string> = none) =>
  problemsOf(given, open).map(({ key }) => key);
const circuit = { failure: { code: 'cw.unavailable' }, since: atMs(-minute) } as const;

describe('a project', () => {
  const cases: readonly [string, Given, boolean][] = [
    ['is well', {}, false],
    ['waits for a person', attention('cw.rejected'), true],
    [
      'waits for a person and is tried again',
      { ...attention('cw.rejected'), ...failure('cw.unavailable') },
      true,
    ],
    ['failed once, nobody knows why', { ...failure('internal'), attempts: 1 }, false],
    ['failed twice, nobody knows why', { ...failure('cw.unexpected-response'), attempts: 2 }, false],
    ['failed three times, nobody knows why', { ...failure('cw.unexpected-response'), attempts: 3 }, true],
    ['failed often of what heals by itself', { ...failure('cw.unavailable'), attempts: 9 }, false],
    ['is late', { lateAt: atMs(-1) }, true],
    ['is not late yet', { lateAt: atMs(1) }, false],
  ];
  it.each(cases)('that %s', (_words, given, opens) => {
    expect(keys(facts([given]))).toEqual(opens ? ['task:t:p1'] : []);
  });

  it.each(['disabled', 'archived', 'disconnected'] as const)('that is %s alerts nobody', (state) => {
    const given = { ...attention('cw.rejected'), lateAt: atMs(-1), link: { state } };
    expect(keys(facts([given]))).toEqual([]);
  });

  it('whose first import is not over alerts nobody', () => {
    const { lastSync: _none, ...fresh } = makeSyncTask({ ...attention('cw.rejected'), lateAt: atMs(-1) });
    expect(keys({ ...facts([]), tasks: [fresh] })).toEqual([]);
  });

  it('alerts nobody while the integration is disabled', () => {
    const gate = { enabled: false, circuit };
    expect(keys(facts([attention('cw.rejected')], { gate }))).toEqual([]);
  });

  it('has one problem at a time: what a person must fix comes before lateness', () => {
    const [problem, ...others] = problemsOf(facts([{ ...attention('cw.rejected'), lateAt: atMs(-1) }]), none);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      scope: 'project',
      since: atMs(-minute),
      cause: { is: 'failure', failure: { code: 'cw.rejected' } },
      projects: [
        { taskId: 't:p1', projectId: 'p1', externalId: 1042, name: 'Office move', customer: 'Contoso' },
      ],
    });
  });

  it('stays open while it fails in whatever way, but is not opened by that', () => {
    const retried = { ...failure('cw.unavailable'), attempts: 1 };
    expect(keys(facts([retried]))).toEqual([]);
    expect(keys(facts([retried]), new Set(['task:t:p1']))).toEqual(['task:t:p1']);
    expect(keys(facts([{}]), new Set(['task:t:p1']))).toEqual([]);
  });
});

describe('the id of a problem', () => {
  const idOf = (given: IncidentFacts) => problemsOf(given, none)[0]?.id;
  const base = () => facts([attention('cw.rejected')]);

  it('is the same wherever it is derived', () => {
    expect(idOf(base())).toBe(idOf({ ...base(), now: atMs(5), tasks: [...base().tasks] }));
  });

  it.each<[string, IncidentFacts]>([
    ['tenant', { ...base(), tenantId: 'u' }],
    ['project', facts([project(2, attention('cw.rejected'))])],
    ['code', facts([attention('cw.project-missing')])],
    ['beginning', facts([attention('cw.rejected', {}, atMs(-2 * minute))])],
    [
      'time when the project was enabled again',
      facts([
        { ...attention('cw.rejected'), link: { changed: { by: { id: 'x', name: 'X' }, at: testStart } } },
      ]),
    ],
    [
      'time when the integration was enabled again',
      facts([attention('cw.rejected')], {
        gate: { enabled: true, changed: { at: testStart } },
      }),
    ],
  ])('is another of another %s', (_what, given) => {
    expect(idOf(given)).toBeDefined();
    expect(idOf(given)).not.toBe(idOf(base()));
  });
});

it('what is disabled and enabled during an outage is told again', () => {
  const idOf = (gate: IncidentFacts['gate']) => problemsOf(facts([], { gate }), none)[0]?.id;
  const before = idOf({ enabled: true, circuit });
  expect(idOf({ enabled: true, circuit, changed: { at: testStart } })).not.toBe(before);
});

it('a task that ran again after its problem was another one is told again', () => {
  const idOf = (at: Date) => {
    const ran = { ...makeSyncTask().lastSync, at } as NonNullable<
      ReturnType<typeof makeSyncTask>['lastSync']
    >;
    return problemsOf(facts([{ ...attention('cw.rejected'), lastSync: ran }]), none)[0]?.id;
  };
  expect(idOf(atMs(5))).not.toBe(idOf(atMs(6)));
});

describe('a right that is missing', () => {
  const ticket = attention('cw.permission', { entity: 'ticket' });

  it('is one problem of all projects that miss it, since the first of them', () => {
    const early = attention('cw.permission', { entity: 'ticket' }, atMs(-9 * minute));
    const scout: Given = {
      ...ticket,
      id: 't:scout',
      projectId: 'scout',
      kind: 'scout',
      link: { projectName: 'Scout' },
    };
    const found = problemsOf(facts([project(3, ticket), project(1, ticket), project(2, early), scout]), none);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ key: 'entity:ticket', scope: 'entity kind', since: atMs(-9 * minute) });
    expect(found[0]?.projects.map(({ projectId }) => projectId)).toEqual(['p1', 'p2', 'p3']);
    expect(found[0]?.ownTask).toEqual({ taskId: 't:scout', name: 'Scout' });
  });

  it('is another problem for another kind of record', () => {
    const phase = attention('cw.permission', { entity: 'phase' });
    expect(keys(facts([project(1, ticket), project(2, phase)])).toSorted()).toEqual([
      'entity:phase',
      'entity:ticket',
    ]);
  });
});

describe('a fault of the whole integration', () => {
  const refused = { failure: { code: 'cw.auth' }, since: atMs(-minute) } as const;
  const twelve = Array.from({ length: 12 }, (_, n) => n);

  it('is one problem, also before any project was imported', () => {
    const found = problemsOf(facts([], { gate: { enabled: true, circuit: refused } }), none);
    expect(found).toMatchObject([
      {
        key: 'integration',
        scope: 'integration',
        projects: [],
        since: atMs(-minute),
        cause: { failure: { code: 'cw.auth' } },
      },
    ]);
  });

  it('opens none of what only follows from it', () => {
    const tasks = twelve.flatMap((n) => [
      project(n, { lateAt: atMs(-1), ...failure('cw.unavailable'), attempts: 4 }),
      project(100 + n, { ...failure('cw.unexpected-response'), attempts: 4 }),
    ]);
    expect(keys(facts(tasks, { gate: { enabled: true, circuit } }))).toEqual(['integration']);
    expect(keys(facts(tasks))).toHaveLength(24);
  });

  it('keeps open what was open before, and opens what has a cause of its own', () => {
    const tasks = [project(1, { lateAt: atMs(-1) }), project(2, attention('cw.rejected'))];
    const given = facts(tasks, { gate: { enabled: true, circuit } });
    expect(keys(given, new Set(['task:t:p1']))).toEqual(['integration', 'task:t:p1', 'task:t:p2']);
  });

  it('is followed by a time in which being late is no news', () => {
    const late = project(1, { lateAt: atMs(-minute) });
    expect(keys(facts([late], { resumedAt: atMs(-catchUpMs + 1) }))).toEqual([]);
    expect(keys(facts([late], { resumedAt: atMs(-catchUpMs) }))).toEqual(['task:t:p1']);
    const enabledNow = { enabled: true, changed: { at: atMs(-minute) } };
    expect(keys(facts([late], { gate: enabledNow }))).toEqual([]);
  });
});

describe('cwsync itself', () => {
  const beat = (agoMs: number) => ({ watchedSince: atMs(-3_600_000), lastBeat: atMs(-agoMs) });

  it('is told after two minutes without any worker', () => {
    expect(keys(facts([], { worker: beat(workerDownAfterMs) }))).toEqual([]);
    const [problem] = problemsOf(facts([], { worker: beat(workerDownAfterMs + 1) }), none);
    expect(problem).toMatchObject({
      key: 'worker',
      scope: 'cwsync',
      since: atMs(-workerDownAfterMs - 1),
      cause: { failure: { code: 'sync.worker-down' } },
    });
  });

  it('is given two minutes from when somebody began to look', () => {
    const lastBeat = atMs(-86_400_000);
    expect(keys(facts([], { worker: { watchedSince: atMs(-minute), lastBeat } }))).toEqual([]);
    expect(keys(facts([], { worker: { watchedSince: atMs(-minute) } }))).toEqual([]);
    expect(keys(facts([], { worker: { watchedSince: atMs(-3 * minute) } }))).toEqual(['worker']);
  });

  it('makes no project late', () => {
    expect(keys(facts([{ lateAt: atMs(-1) }], { worker: beat(3 * minute) }))).toEqual(['worker']);
  });

  it('tells a problem of its own tasks, with more patience for lateness', () => {
    const scout = {
      id: 't:scout',
      projectId: 'scout',
      kind: 'scout',
      link: { projectName: 'Looking' },
    } as const;
    expect(keys(facts([{ ...scout, lateAt: atMs(-14 * minute) }]))).toEqual([]);
    expect(keys(facts([{ ...scout, lateAt: atMs(-16 * minute) }]))).toEqual(['task:t:scout']);
    const { lastSync: _none, ...misc } = makeSyncTask({ ...scout, ...attention('cw.rejected') });
    expect(problemsOf({ ...facts([]), tasks: [misc] }, none)).toMatchObject([
      { scope: 'own task', projects: [], ownTask: { taskId: 't:scout', name: 'Looking' } },
    ]);
  });

  it('tells a channel where nothing can be posted, whatever is switched off', () => {
    const blocked = [{ channel, since: atMs(-1), reason: 'not_in_channel' }];
    expect(problemsOf(facts([], { blocked, gate: { enabled: false } }), none)).toMatchObject([
      { key: 'channel:slack:T1/C1', scope: 'channel', channel, since: atMs(-1) },
    ]);
  });

  it('that was away is a notice with an id of its beginning', () => {
    const gap = { from: atMs(-minute), to: testStart };
    expect(awayNotice('t', gap, 12)).toMatchObject({
      scope: 'away',
      cause: { is: 'away', ...gap, catchingUp: 12 },
    });
    expect(awayNotice('t', gap, 12).id).toBe(awayNotice('t', gap, 5).id);
    expect(awayNotice('t', gap, 12).id).not.toBe(awayNotice('t', { ...gap, from: atMs(-1) }, 12).id);
  });
});

describe('what is kept and what should be', () => {
  const incidentOf = (problem: Problem, given: Partial<Incident> = {}): Incident => ({
    ...problem,
    notice: false,
    openedAt: atMs(-minute),
    revision: 1,
    updates: [],
    ...given,
  });
  function compare(open: readonly Incident[], given: IncidentFacts) {
    return changesTo(open, problemsOf(given, new Set(open.map(({ key }) => key))), given);
  }
  function openOf(given: IncidentFacts): readonly Incident[] {
    return problemsOf(given, none).map((problem) => incidentOf(problem));
  }
  const wrong = (vendorMessage: string) => facts([attention('cw.rejected', { vendorMessage })]);

  it('differ by what is raised, once', () => {
    const given = wrong('no');
    expect(compare([], given)).toMatchObject({ raised: [{ key: 'task:t:p1' }], changed: [], ended: [] });
    expect(compare(openOf(given), given)).toEqual({ raised: [], changed: [], ended: [], well: [] });
  });

  it('differ by what reads otherwise, but not by the number of a try', () => {
    const [before] = openOf(wrong('no'));
    if (!before) throw new Error('none');
    expect(compare([before], wrong('never')).changed).toMatchObject([
      { incident: before, to: { cause: { failure: { vendorMessage: 'never' } } } },
    ]);
    const tried = (reference: string, retryAfterMs: number) =>
      facts([attention('cw.rejected', { reference, retryAfterMs })]);
    expect(compare(openOf(tried('a', 1)), tried('b', 2)).changed).toEqual([]);
  });

  it('differ by projects that joined', () => {
    const ticket = attention('cw.permission', { entity: 'ticket' });
    const given = facts([project(1, ticket), project(2, ticket)]);
    expect(compare(openOf(facts([project(1, ticket)])), given)).toMatchObject({
      raised: [],
      changed: [{ to: { projects: [{ projectId: 'p1' }, { projectId: 'p2' }] } }],
    });
  });

  it('end with the changes that were caught up since', () => {
    const lastSync = (at: Date) => ({
      at,
      startedAt: at,
      mode: 'delta' as const,
      runId: 'r',
      counts: { ...noCounts, created: 3, updated: 10, deleted: 5, skipped: 7, conflicts: 2, requests: 9 },
    });
    const open = openOf(wrong('no'));
    const ended = (given: IncidentFacts) => compare(open, given).ended.map(({ end }) => end);
    expect(ended(facts([{ lastSync: lastSync(testStart) }]))).toEqual([
      { how: 'recovered', at: testStart, changes: 18 },
    ]);
    expect(ended(facts([{ lastSync: lastSync(atMs(-2 * minute)) }]))).toEqual([
      { how: 'recovered', at: testStart, changes: 0 },
    ]);
  });

  it('end without a recovery where somebody took it out of the sync', () => {
    const changed = { by: { id: 'x', name: 'Ann' }, at: testStart };
    const open = openOf(wrong('no'));
    const ended = (given: IncidentFacts) => compare(open, given).ended.map(({ end }) => end);
    expect(ended(facts([{ ...attention('cw.rejected'), link: { state: 'disabled', changed } }]))).toEqual([
      { how: 'stopped', at: testStart, why: 'project stopped', changed },
    ]);
    expect(ended({ ...wrong('no'), gate: { enabled: false } })).toEqual([
      { how: 'stopped', at: testStart, why: 'integration disabled' },
    ]);
  });

  it('end for the whole integration without counting changes', () => {
    const open = openOf(facts([], { gate: { enabled: true, circuit } }));
    expect(compare(open, facts([])).ended).toMatchObject([{ end: { how: 'recovered', at: testStart } }]);
  });

  it('end for a channel that can be posted in again, or that is none any more', () => {
    const blocked = [{ channel, since: atMs(-1), reason: 'not_in_channel' }];
    const open = openOf(facts([], { blocked }));
    expect(compare(open, facts([])).ended).toMatchObject([{ end: { how: 'recovered' } }]);
    expect(compare(open, facts([], { alertChannels: [] })).ended).toMatchObject([
      { end: { how: 'stopped', why: 'no alert channel' } },
    ]);
  });
});
