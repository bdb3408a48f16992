import { describe, expect, test } from 'vitest';
import { csv } from '../../src/app/csv.ts';
import { exportAtMost } from '../../src/app/replies/log-export.ts';
import type { LogEntry } from '../../src/ports/log-store.ts';
import type { Reply } from '../../src/ports/reply.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import { actionsOf, commandRig, testLinks, wordsOf } from '../support/command-rig.ts';
import { atMs, makeSyncTask } from '../support/make-sync-task.ts';

const other = makeSyncTask({
  id: 't:p2',
  projectId: 'p2',
  link: { externalId: 1043, projectName: 'Server room' },
});

const entry = (n: number, given: Partial<LogEntry> = {}): LogEntry => ({
  at: atMs(n),
  severity: 'info',
  action: 'updated',
  message: `entry ${n}`,
  direction: 'from ConnectWise',
  projectId: 'p1',
  ...given,
});
const request = (n: number, given: Partial<RequestRecord> = {}): RequestRecord => ({
  at: atMs(n),
  method: 'GET',
  path: `/v4_6_release/apis/3.0/project/tickets?conditions=id%3D${n}`,
  status: 200,
  durationMs: 12.4,
  attempt: 1,
  requestId: `q${n}`,
  projectId: 'p2',
  ...given,
});

const fileOf = (reply: Reply | undefined): string => new TextDecoder().decode(reply?.file?.content);

describe('a row of the log', () => {
  async function opened(one: LogEntry | RequestRecord): Promise<Reply | undefined> {
    const rig = commandRig([makeSyncTask(), other]);
    if ('method' in one) await rig.log.record(one);
    else await rig.log.append([one]);
    const list = await rig.say('method' in one ? 'logs --requests' : 'logs');
    const open = actionsOf(list).find(({ label }) => label === 'All about it');
    return await rig.say(open?.command ?? '');
  }

  test('opens with every field, what to do and the link', async () => {
    const full = entry(1, {
      severity: 'error',
      action: 'failed',
      next: 'Fix the date.',
      runId: 'run-1',
      mode: 'delta',
      entity: 'task',
      planId: 'plan-7',
      externalId: 4711,
    });
    const reply = await opened(full);
    const words = wordsOf(reply);
    for (const said of [
      '✕ entry 1',
      'Severity: error',
      'Action: failed',
      'Direction: from ConnectWise',
      'Project: Office move',
      'Kind of record: task',
      'ConnectWise record: #4711',
      'Plan record: plan-7',
      'Sync: delta',
      'Run: run-1',
      'What to do: Fix the date.',
    ]) {
      expect(words).toContain(said);
    }
    expect(JSON.stringify(reply)).toContain(testLinks.record('ticket', 4711));
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(['logs #1042', 'status #1042', 'logs']);
  });

  test('of a request opens with how it went', async () => {
    const { status: _none, ...unanswered } = request(3, {
      attempt: 4,
      errorCode: 'ETIMEDOUT',
      errorMessage: 'no answer in 30 s',
      errorBody: '{"code":"x"}',
    });
    const words = wordsOf(await opened(unanswered));
    for (const said of [
      '✕ GET',
      'Outcome: no answer',
      'Duration: 12 ms',
      'Attempt: 4',
      'Request id: q3',
      'Project: Server room',
      'ConnectWise says: ETIMEDOUT: no answer in 30 s',
      '{"code":"x"}',
    ]) {
      expect(words).toContain(said);
    }
  });

  test.each(['logs --entry=999', 'logs --request=x', 'logs --entry="$ne"'])(
    '%s that is gone says so',
    async (text) => {
      expect(wordsOf(await commandRig([]).say(text))).toContain('not in the log any more');
    },
  );

  test('of all projects names the project; of one it does not', async () => {
    const rig = commandRig([makeSyncTask(), other]);
    await rig.log.append([entry(1), entry(2, { projectId: 'p2' })]);
    const all = wordsOf(await rig.say('logs'));
    expect(all).toContain('Office move');
    expect(all).toContain('Server room');
    const one = await rig.say('logs #1043');
    expect(
      wordsOf(one)
        .split('\n')
        .filter((line) => line.includes('entry 2')),
    ).toEqual([expect.not.stringContaining('Server room')]);
  });
});

describe('an export', () => {
  test('has all entries that are asked for, newest first, in a file that names what it is of', async () => {
    const rig = commandRig([makeSyncTask(), other]);
    await rig.log.append([
      entry(1, { message: 'a "quoted", text\nof two lines', severity: 'error' }),
      entry(2),
      entry(3, { severity: 'warning', message: '=cmd|calc', next: '+1', externalId: -5 }),
      entry(4, { projectId: 'p2', severity: 'error' }),
    ]);
    const reply = await rig.say('logs #1042 --errors --export');
    expect(reply?.file).toMatchObject({
      name: 'integration-log-1042-2026-01-05.csv',
      mediaType: 'text/csv',
      title: 'Integration Log of Office move',
    });
    expect(reply?.summary).toBe('Integration Log of Office move: 2 entries as a CSV file, newest first.');
    expect(fileOf(reply)).toBe(
      [
        'time,severity,action,message,what to do,direction,project,project external id,sync,run,kind of record,ConnectWise record,plan record',
        "2026-01-05T00:00:00.003Z,warning,updated,'=cmd|calc,'+1,from ConnectWise,Office move,1042,,,,-5,",
        '2026-01-05T00:00:00.001Z,error,updated,"a ""quoted"", text\nof two lines",,from ConnectWise,Office move,1042,,,,,',
        '',
      ].join('\r\n'),
    );
  });

  test('of requests', async () => {
    const rig = commandRig([makeSyncTask(), other]);
    await rig.log.record(request(1, { errorMessage: '@SUM(A1)' }));
    const reply = await rig.say('logs --requests --export');
    expect(reply?.file?.name).toBe('api-request-details-2026-01-05.csv');
    expect(fileOf(reply).split('\r\n')[1]).toBe(
      "2026-01-05T00:00:00.001Z,GET,/v4_6_release/apis/3.0/project/tickets?conditions=id%3D1,200,12,1,q1,,'@SUM(A1),,Server room,1043,,",
    );
  });

  test('is bounded, and says so', async () => {
    const rig = commandRig([makeSyncTask()]);
    await rig.log.append(Array.from({ length: exportAtMost + 1 }, (_, n) => entry(n)));
    const reply = await rig.say('logs --export');
    expect(reply?.summary).toContain('5,000 entries');
    expect(wordsOf(reply)).toContain('That is the most for one file');
    expect(fileOf(reply).split('\r\n')).toHaveLength(exportAtMost + 2);
    expect(fileOf(reply)).not.toContain('entry 0,');
  });

  test('of nothing is no file', async () => {
    const reply = await commandRig([]).say('logs --export --since 1h');
    expect(reply?.file).toBeUndefined();
    expect(wordsOf(reply)).toContain('nothing to export');
  });
});

test.each([
  ['=1+1', "'=1+1"],
  ['+x', "'+x"],
  ['-x', "'-x"],
  ['@x', "'@x"],
  ['  =1', "'  =1"],
  ['\t=1', "'\t=1"],
  ['a=1', 'a=1'],
  ['=1,2', `"'=1,2"`],
  ['', ''],
  ['שלום', 'שלום'],
])('the cell %j is written %j', (cell, written) => {
  expect(new TextDecoder().decode(csv(['x'], [[cell]]))).toBe(`x\r\n${written}\r\n`);
});
