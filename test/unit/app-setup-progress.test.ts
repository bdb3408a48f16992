/** The message that follows a first import to its end. */
import { expect, test, vi } from 'vitest';
import { tellSetupProgress } from '../../src/app/setup-progress.ts';
import type { Delivered, Destination, MessageHandle } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { testLinks, wordsOf } from '../support/command-rig.ts';
import { FakeFirstImport } from '../support/fake-first-import.ts';
import { FakeGate } from '../support/fake-gate.ts';
import { FakeSyncTasks } from '../support/fake-sync-tasks.ts';
import { HandClock } from '../support/hand-clock.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const ann = { platform: 'slack', tenant: 'T1', userId: 'U1', name: 'Ann' } as const;
const ticket = 5;
const misc = makeSyncTask({ id: 't:misc', kind: 'misc', projectId: 'misc', want: ticket, done: ticket - 1 });
const failure = { code: 'cw.permission', entity: 'phase' } as const;
const none = { of: 0, imported: 0, needAttention: 0, stuck: 0, examples: [] };
const hourMs = 3_600_000;

function follow() {
  const clock = new HandClock();
  const firstImport = new FakeFirstImport(clock);
  const tasks = new FakeSyncTasks(misc);
  const gate = new FakeGate(() => clock.now());
  const logger = new RecordingLogger();
  const posts: { readonly to: Destination; readonly key: string }[] = [];
  const edits: { readonly atMs: number; readonly handle: MessageHandle }[] = [];
  const told: Reply[] = [];
  const answers: Delivered[] = [];
  const answer = (): Delivered =>
    answers.shift() ?? { result: 'sent', handle: { platform: 'slack', ts: posts.length } };
  const delivery = {
    async post(to: Destination, reply: Reply, key: string) {
      const delivered = answer();
      posts.push({ to, key });
      told.push(reply);
      return delivered;
    },
    async send(handle: MessageHandle, reply: Reply) {
      edits.push({ atMs: clock.monotonicMs(), handle });
      told.push(reply);
      return answer();
    },
  };
  const shutdown = new AbortController();
  const deps = { firstImport, tasks, gate, delivery, links: testLinks, clock, logger };
  const run = (owner: string) =>
    tellSetupProgress(deps, { tenantId: 't', owner, pollMs: 1_000, shutdown: shutdown.signal });
  const linked = () => tasks.put({ ...misc, done: ticket });
  const last = () => wordsOf(told.at(-1));
  return {
    clock,
    firstImport,
    tasks,
    gate,
    logger,
    posts,
    edits,
    told,
    answers,
    shutdown,
    run,
    linked,
    last,
  };
}

test('from the search for projects to what was imported and what was not, in one message', async () => {
  const rig = follow();
  const ended = rig.run('a');
  await rig.firstImport.begin(ann, ticket);
  await rig.clock.advance(1_000);
  expect(rig.posts).toMatchObject([{ to: { platform: 'slack', tenant: 'T1', user: 'U1' } }]);
  expect(rig.last()).toContain('the projects of the chosen boards are being looked for');

  rig.linked();
  rig.firstImport.counts = { ...none, of: 212, imported: 0 };
  await rig.clock.advance(3_000);
  expect(rig.told.at(-1)?.summary).toBe('First import: 0 of 212 projects');
  rig.firstImport.counts = { ...none, of: 212, imported: 120, needAttention: 3, stuck: 3 };
  await rig.clock.advance(176_000);
  expect(rig.told.at(-1)?.summary).toMatch(
    /^First import: 120 of 212 projects, about \d+ min left, 3 need attention$/u,
  );

  const examples = [{ externalId: 7, name: '*Office* move', failure }];
  rig.firstImport.counts = { of: 212, imported: 211, needAttention: 1, stuck: 1, examples };
  await rig.clock.advance(3_000);
  expect(rig.last()).toMatch(
    /First import over: 211 of 212 projects are imported, in \d+ min\. 1 project could not be\./u,
  );
  expect(rig.last()).toContain('*Office* move');
  expect(rig.last()).toContain('Project › Project Phase');
  expect(rig.firstImport.open).toEqual([]);
  expect(rig.posts).toHaveLength(1);
  await rig.clock.advance(60_000);
  const before = rig.told.length;
  await rig.clock.advance(60_000);
  expect(rig.told).toHaveLength(before);
  rig.shutdown.abort();
  await ended;
});

test('is edited every 3 s at most, and never for nothing', async () => {
  const rig = follow();
  void rig.run('a');
  rig.linked();
  await rig.firstImport.begin(ann, ticket);
  for (let imported = 0; imported < 30; imported += 1) {
    rig.firstImport.counts = { ...none, of: 50, imported };
    await rig.clock.advance(500);
  }
  const gaps = rig.edits.slice(1).map(({ atMs }, i) => atMs - (rig.edits[i]?.atMs ?? 0));
  expect(gaps.length).toBeGreaterThan(2);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3_000);
  rig.firstImport.counts = { ...none, of: 50, imported: 0 };
  await rig.clock.advance(4_000);
  const edits = rig.edits.length;
  await rig.clock.advance(60_000);
  expect(rig.edits).toHaveLength(edits);
  rig.shutdown.abort();
});

test('two processes tell it once, and one goes on where the other died', async () => {
  const rig = follow();
  void rig.run('a');
  void rig.run('b');
  await rig.firstImport.begin(ann, ticket);
  await rig.clock.advance(9_000);
  expect(rig.posts).toHaveLength(1);
  // One that took it and died.
  await rig.firstImport.take('c', 20_000);
  rig.linked();
  rig.firstImport.counts = { ...none, of: 1, imported: 1 };
  await rig.clock.advance(40_000);
  expect(rig.last()).toContain('the one project is imported');
  expect(rig.posts).toHaveLength(1);
  rig.shutdown.abort();
});

test('a message that was deleted is posted anew; an edit that failed is tried again; who is gone is let be', async () => {
  const rig = follow();
  void rig.run('a');
  rig.linked();
  rig.firstImport.counts = { ...none, of: 9, imported: 1 };
  await rig.firstImport.begin(ann, ticket);
  await rig.clock.advance(1_000);
  rig.answers.push({ result: 'gone', reason: 'message_not_found', touches: 'message' });
  rig.firstImport.counts = { ...none, of: 9, imported: 2 };
  await rig.clock.advance(3_000);
  expect(rig.posts).toHaveLength(2);
  expect(new Set(rig.posts.map(({ key }) => key)).size).toBe(2);
  rig.answers.push({ result: 'failed', reason: 'busy', retryAfterMs: 7_000 });
  rig.firstImport.counts = { ...none, of: 9, imported: 3 };
  await rig.clock.advance(3_000);
  const told = rig.told.length;
  await rig.clock.advance(6_000);
  expect(rig.told).toHaveLength(told);
  await rig.clock.advance(2_000);
  expect(rig.told).toHaveLength(told + 1);
  rig.answers.push({ result: 'gone', reason: 'account_inactive', touches: 'platform' });
  rig.firstImport.counts = { ...none, of: 9, imported: 4 };
  await rig.clock.advance(4_000);
  expect(rig.firstImport.open).toEqual([]);
  expect(rig.posts).toHaveLength(2);
  rig.shutdown.abort();
});

test('while nothing syncs it says why; a set-up data sync that failed is what it ends with', async () => {
  const rig = follow();
  void rig.run('a');
  await rig.firstImport.begin(ann, ticket);
  await rig.gate.trip({ code: 'cw.auth' }, undefined);
  await rig.clock.advance(1_000);
  expect(rig.last()).toContain('ConnectWise refuses the API keys');
  rig.tasks.put({ ...misc, done: ticket, needsAttention: { since: rig.clock.now(), failure } });
  await rig.clock.advance(4_000);
  expect(rig.last()).toContain('nothing was imported.');
  expect(rig.last()).toContain('Project › Project Phase');
  rig.shutdown.abort();
});

test('a day is long enough', async () => {
  const rig = follow();
  void rig.run('a');
  rig.linked();
  rig.firstImport.counts = { ...none, of: 9, imported: 1 };
  await rig.firstImport.begin(ann, ticket);
  await rig.clock.advance(1_000);
  rig.shutdown.abort();
  await rig.clock.advance(24 * hourMs);
  const again = new AbortController();
  void tellSetupProgress(
    {
      ...rig,
      links: testLinks,
      delivery: {
        post: vi.fn(),
        async send(handle, reply) {
          rig.told.push(reply);
          return { result: 'sent', handle };
        },
      },
    },
    { tenantId: 't', owner: 'b', pollMs: 1_000, shutdown: again.signal },
  );
  await rig.clock.advance(1_000);
  expect(rig.last()).toContain('not over after a day');
  expect(rig.firstImport.open).toEqual([]);
  again.abort();
});

test('goes on when the database is back, and says once that it was away', async () => {
  const rig = follow();
  rig.firstImport.away = true;
  void rig.run('a');
  await rig.clock.advance(5_000);
  expect(rig.logger.messages()).toEqual(['cannot tell how the first import goes']);
  rig.firstImport.away = false;
  await rig.firstImport.begin(ann, ticket);
  await rig.clock.advance(2_000);
  expect(rig.posts).toHaveLength(1);
  rig.shutdown.abort();
});
