import { describe, expect, it } from 'vitest';
import { covers, coversProject, severityOf } from '../../src/domain/alert-scope.ts';
import { awayNotice, type Incident, type IncidentProject, type Problem } from '../../src/domain/incident.ts';
import {
  acknowledgedBy,
  changedTo,
  comesBackAs,
  endedBy,
  lastUpdate,
  openAgain,
  settleMs,
  snoozedBy,
  wellFrom,
  wokenUp,
} from '../../src/domain/incident-life.ts';
import { atMs, testStart } from '../support/make-sync-task.ts';

const by = { id: 'slack:T1/U1', name: 'Ann' };
const project = (n: number, more: Partial<IncidentProject> = {}): IncidentProject => ({
  taskId: `t:p${n}`,
  projectId: `p${n}`,
  externalId: n,
  name: `P${n}`,
  customer: null,
  ...more,
});
const many = (count: number) => Array.from({ length: count }, (_, n) => project(n));

function incident(given: Partial<Incident> = {}): Incident {
  return {
    id: 'i1',
    key: 'k',
    scope: 'entity kind',
    since: testStart,
    cause: { is: 'failure', failure: { code: 'cw.permission', entity: 'ticket' } },
    projects: many(1),
    notice: false,
    openedAt: testStart,
    revision: 1,
    updates: [],
    ...given,
  };
}
const told = ({ updates }: Incident) => updates.map(({ n, is }) => [n, is]);
const recovered = (at: Date) => ({ how: 'recovered', at }) as const;

describe('what happens to an incident', () => {
  it('counts what is to be told, and names the first of many who join', () => {
    const joined = changedTo(incident(), incident({ projects: many(9) }), atMs(1));
    expect(joined.updates).toMatchObject([{ n: 1, is: 'joined', more: 3, projects: { length: 5 } }]);
    const seen = acknowledgedBy(joined, by, atMs(2));
    expect(told(seen)).toEqual([
      [1, 'joined'],
      [2, 'acknowledged'],
    ]);
    expect(lastUpdate(seen)).toBe(2);
  });

  it('puts those together who join within a minute, and no others', () => {
    const first = changedTo(incident(), incident({ projects: many(2) }), atMs(0));
    const soon = changedTo(first, incident({ projects: many(9) }), atMs(45_000));
    expect(soon.updates).toMatchObject([{ n: 1, is: 'joined', at: atMs(0), more: 3 }]);
    expect(changedTo(first, incident({ projects: many(9) }), atMs(45_001)).updates).toHaveLength(2);
    const between = acknowledgedBy(first, by, atMs(1));
    expect(told(changedTo(between, incident({ projects: many(3) }), atMs(2)))).toEqual([
      [1, 'joined'],
      [2, 'acknowledged'],
      [3, 'joined'],
    ]);
  });

  it('tells another cause, but not another wording', () => {
    const failure = { code: 'cw.permission', entity: 'ticket', vendorMessage: 'else' } as const;
    expect(changedTo(incident(), incident({ cause: { is: 'failure', failure } }), atMs(1)).updates).toEqual(
      [],
    );
    expect(told(changedTo(incident(), incident({ cause: { is: 'late' } }), atMs(1)))).toEqual([[1, 'cause']]);
  });

  it('is quiet while it is snoozed, but for the snooze and the end', () => {
    const asleep = snoozedBy(incident(), by, atMs(0), 60_000);
    expect(asleep.snoozed).toEqual({ by, at: atMs(0), until: atMs(60_000) });
    const changed = changedTo(asleep, incident({ cause: { is: 'late' } }), atMs(1));
    const longer = snoozedBy(changed, by, atMs(2), 120_000);
    const quiet = (one: Incident) => one.updates.map((update) => update.quiet === true);
    expect(quiet(longer)).toEqual([false, true, false]);
    expect(quiet(endedBy(longer, recovered(atMs(3)))).at(-1)).toBe(false);
    expect(told(wokenUp(longer, atMs(3))).at(-1)).toEqual([4, 'still open']);
    expect(wokenUp(longer, atMs(3)).snoozed).toBeUndefined();
  });

  it('keeps the latest updates only, with their numbers', () => {
    let one = incident();
    for (let n = 0; n < 100; n += 1) one = acknowledgedBy(one, by, atMs(n));
    expect(one.updates).toHaveLength(60);
    expect(lastUpdate(one)).toBe(100);
  });
});

describe('what comes back', () => {
  const over = endedBy(acknowledgedBy(incident(), by, atMs(0)), recovered(atMs(1_000)));
  const again: Problem = { ...incident(), id: 'i2' };

  it.each<[string, Incident, Problem, number, boolean]>([
    ['soon', over, again, settleMs, true],
    ['late', over, again, settleMs + 1, false],
    ['as another problem', over, { ...again, key: 'else' }, 0, false],
    ['as the very one that was over', over, { ...again, id: 'i1' }, 0, false],
    ['as the very one that it stood for last', { ...over, problemId: 'i2' }, again, 0, false],
    [
      'after somebody stopped it',
      { ...over, end: { how: 'stopped', at: atMs(1_000), why: 'project stopped' } },
      again,
      0,
      false,
    ],
  ])('%s', (_words, before, problem, afterMs, expected) => {
    expect(comesBackAs(before, problem, atMs(1_000 + afterMs))).toBe(expected);
  });

  it('is the same incident, which nobody sees to yet', () => {
    const back = openAgain(over, again, atMs(2_000));
    expect(back).toMatchObject({ id: 'i1', since: testStart, relapses: 1, problemId: 'i2' });
    expect(back.end).toBeUndefined();
    expect(back.acknowledged).toBeUndefined();
    expect(told(back).at(-1)).toEqual([3, 'open again']);
    const relapsed = changedTo(wellFrom(back, atMs(3_000)), again, atMs(4_000));
    expect(relapsed).toMatchObject({ relapses: 2 });
    expect(relapsed.wellSince).toBeUndefined();
    expect(lastUpdate(relapsed)).toBe(3);
  });
});

describe('what a channel is told of', () => {
  const late: Problem = { ...incident(), scope: 'project', cause: { is: 'late' } };
  const unknown: Problem = { ...late, cause: { is: 'failure', failure: { code: 'internal' } } };
  const mustMend: Problem = { ...late, cause: { is: 'failure', failure: { code: 'cw.rejected' } } };
  const workerDown: Problem = {
    ...late,
    scope: 'cwsync',
    projects: [],
    cause: { is: 'failure', failure: { code: 'sync.worker-down' } },
  };
  const outage: Problem = {
    ...workerDown,
    scope: 'integration',
    cause: { is: 'failure', failure: { code: 'cw.unavailable' } },
  };
  const away = awayNotice('t', { from: atMs(0), to: atMs(1) }, 1);

  it.each([
    [late, 'warning'],
    [unknown, 'warning'],
    [outage, 'warning'],
    [away, 'warning'],
    [mustMend, 'error'],
    [workerDown, 'error'],
  ] as const)('%#: how bad it is', (problem, severity) => {
    expect(severityOf(problem)).toBe(severity);
    expect(covers({ min: 'error' }, problem)).toBe(severity === 'error');
    expect(covers({ min: 'warning' }, problem)).toBe(true);
    expect(covers({}, problem)).toBe(true);
  });

  it('is what concerns its projects, or all of them', () => {
    const narrow = { boards: [7], project: 'p1' };
    expect(covers(narrow, { ...late, projects: [project(1, { boardId: 7 })] })).toBe(true);
    expect(covers(narrow, { ...late, projects: [project(2, { boardId: 7 })] })).toBe(false);
    expect(covers(narrow, { ...late, projects: [project(1, { boardId: 8 })] })).toBe(false);
    const several = [project(2, { boardId: 8 }), project(1, { boardId: 7 })];
    expect(covers(narrow, { ...late, scope: 'entity kind', projects: several })).toBe(true);
    expect(covers(narrow, outage)).toBe(true);
    expect(covers(narrow, away)).toBe(true);
    expect(covers(narrow, { ...late, projects: [], ownTask: { taskId: 't:misc', name: 'x' } })).toBe(true);
  });

  it('counts a board that nobody knows yet, and not the lack of one', () => {
    expect(coversProject({ boards: [7] }, { projectId: 'p1' })).toBe(true);
    expect(coversProject({ boards: [7] }, { projectId: 'p1', boardId: null })).toBe(false);
  });
});
