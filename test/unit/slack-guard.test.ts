import type { ReceiverEvent } from '@slack/bolt';
import { beforeEach, expect, test } from 'vitest';
import { guarded } from '../../adapters/slack/guard.ts';
import type { Identity } from '../../adapters/slack/identity.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { HandClock } from '../support/hand-clock.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

let clock: HandClock;
let logger: RecordingLogger;
let acks: unknown[];
let identity: Identity | undefined;
let counted: Parameters<Metrics['acknowledged']>[0][];
const metrics: Pick<Metrics, 'acknowledged'> = { acknowledged: (event) => void counted.push(event) };
beforeEach(() => {
  clock = new HandClock();
  logger = new RecordingLogger();
  acks = [];
  counted = [];
  identity = { team: 'T1', user: 'UBOT' };
});

type Handler = (event: ReceiverEvent) => Promise<void>;

function pass(handler: Handler, body: object = { type: 'x', team_id: 'T1' }): Promise<void> {
  const entrance = guarded(
    { processEvent: handler },
    { clock, logger, metrics, identity: { current: () => identity } },
  );
  return entrance.processEvent({
    body,
    ack: async (answer: unknown) => {
      acks.push(answer);
    },
  });
}

test('a handler that forgets is acknowledged before Slack gives up, and that is told', async () => {
  const forever = Promise.withResolvers<void>();
  const passing = pass(() => forever.promise);
  await clock.advance(2_599);
  expect(acks).toEqual([]);
  await clock.advance(1);
  expect(acks).toEqual([undefined]);
  expect(logger.messages()).toEqual(['a Slack event was not acknowledged by its handler']);
  expect(counted).toEqual([{ platform: 'slack', how: 'forgotten', durationMs: 2_600 }]);
  forever.resolve();
  await passing;
  expect(acks).toEqual([undefined]);
});

test('a handler that answers in time is left alone, and acknowledges once', async () => {
  await pass(async ({ ack }) => {
    await clock.advance(40);
    await ack({ response_action: 'clear' });
    await ack();
  });
  expect(counted).toEqual([{ platform: 'slack', how: 'done', durationMs: 40 }]);
  await clock.advance(10_000);
  expect(acks).toEqual([{ response_action: 'clear' }]);
  expect(logger.messages()).toEqual([]);
  expect(clock.sleepers).toBe(0);
});

test('what nobody listens to is acknowledged at once', async () => {
  await pass(async () => {});
  expect(acks).toEqual([undefined]);
});

test('a handler that throws is acknowledged', async () => {
  await pass(async () => {
    throw new Error('planted');
  });
  expect(acks).toEqual([undefined]);
  expect(logger.messages()).toEqual(['a Slack event could not be handled']);
});

test('an acknowledgement that Slack does not get keeps nobody from handling', async () => {
  let handled = false;
  const entrance = guarded(
    {
      async processEvent({ ack }) {
        await ack();
        handled = true;
      },
    },
    { clock, logger, metrics, identity: { current: () => identity } },
  );
  await entrance.processEvent({ body: { team_id: 'T1' }, ack: () => Promise.reject(new Error('gone')) });
  expect(handled).toBe(true);
  expect(counted).toEqual([{ platform: 'slack', how: 'failed', durationMs: 0 }]);
});

test.each<[string, object, boolean]>([
  ['of our workspace', { team_id: 'T1' }, true],
  ['a press in our workspace', { team: { id: 'T1' } }, true],
  ['a press by a stranger in a message of ours', { team: { id: 'T2' }, message: { team: 'T1' } }, true],
  ['a form that a stranger opened here', { team: { id: 'T2' }, view: { app_installed_team_id: 'T1' } }, true],
  ['of a shared channel', { team_id: 'T2', authorizations: [{ team_id: 'T1' }] }, true],
  ['of another workspace', { team_id: 'T2', authorizations: [{ team_id: 'T2' }] }, false],
  ['a press in another workspace', { team: { id: 'T2' }, user: { team_id: 'T1' } }, false],
  ['of no workspace', { type: 'x' }, false],
])('whose it is: %s', async (_, body, letIn) => {
  let handled = false;
  await pass(async () => {
    handled = true;
  }, body);
  expect(handled).toBe(letIn);
  expect(acks).toEqual([undefined]);
});

test('until Slack has told which workspace is ours, all are let in', async () => {
  identity = undefined;
  let handled = false;
  await pass(
    async () => {
      handled = true;
    },
    { team_id: 'T2' },
  );
  expect(handled).toBe(true);
});
