import { expect, test } from 'vitest';
import { Redactor } from '../../adapters/http/redactor.ts';
import { createLogScope } from '../../adapters/telemetry/log-scope.ts';
import { createLogger } from '../../adapters/telemetry/logger.ts';

function rig(level: 'info' | 'warn' = 'info') {
  const lines: string[] = [];
  const redactor = new Redactor();
  redactor.register('s3cret-key');
  const scope = createLogScope();
  const counted: string[] = [];
  const logger = createLogger(level, (line) => redactor.redact(line), {
    destination: { write: (line) => void lines.push(line) },
    scope,
    onLine: (name) => void counted.push(name),
  });
  return { logger, scope, lines, counted, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

test('an error is named, with its cause, but not with the documents that a driver hangs on it', () => {
  const { logger, lines, last } = rig();
  const cause = new Error('socket closed');
  const error = Object.assign(new Error('write failed', { cause }), {
    code: 11_000,
    writeErrors: [{ op: { fields: { summary: 'Customer text' } } }],
  });
  logger.warn({ err: error, taskId: 't:p1' }, 'run could not be recorded');
  expect(last()).toMatchObject({
    msg: 'run could not be recorded',
    taskId: 't:p1',
    err: { name: 'Error', message: 'write failed', code: 11_000, cause: { message: 'socket closed' } },
  });
  expect(lines.join()).not.toContain('Customer text');
});

test('a secret is in no line, in whatever form', () => {
  const { logger, lines } = rig();
  logger.info({ header: `Basic ${btoa('acme+pub:s3cret-key')}`, plain: 's3cret-key' }, 'request');
  expect(lines.join()).not.toContain('s3cret-key');
  expect(lines.join()).toContain('[redacted]');
  expect(lines.join()).not.toContain(btoa('acme+pub:s3cret-key'));
});

test('what is below the level is not written', () => {
  const { logger, lines } = rig('warn');
  logger.info({}, 'nothing');
  expect(lines).toEqual([]);
});

test('a key that is there already is named by its index, not by its values', () => {
  const { logger, lines, last } = rig();
  const words =
    'E11000 duplicate key error collection: cwsync.plan index: tenantId_1_name_1 dup key: { name: "Contoso {1}", n: 2 }';
  logger.warn({ err: new Error(words, { cause: new Error(words) }) }, 'not written');
  expect(lines.join()).not.toContain('Contoso');
  expect(last().err.message).toBe(
    'E11000 duplicate key error collection: cwsync.plan index: tenantId_1_name_1',
  );
});

test('what is written within a run says so, however deep inside, and nothing else does', async () => {
  const { logger, scope, lines } = rig();
  const gate = Promise.withResolvers<void>();
  const runs = ['a', 'b'].map((runId) =>
    scope.within({ runId }, async () => {
      await gate.promise;
      queueMicrotask(() => logger.info({}, `later ${runId}`));
      await scope.within({ projectId: `of ${runId}` }, async () => logger.info({}, `deep ${runId}`));
    }),
  );
  logger.info({}, 'beside');
  gate.resolve();
  await Promise.all(runs);
  const said = lines
    .map((line) => JSON.parse(line))
    .map(({ msg, runId, projectId }) => [msg, runId, projectId]);
  expect(said.toSorted()).toEqual([
    ['beside', undefined, undefined],
    ['deep a', 'a', 'of a'],
    ['deep b', 'b', 'of b'],
    ['later a', 'a', undefined],
    ['later b', 'b', undefined],
  ]);
});

test('lines are counted by level as they are written', () => {
  const { logger, counted } = rig('info');
  logger.debug({}, 'not written');
  logger.error({}, 'one');
  logger.info({}, 'two');
  expect(counted).toEqual(['error', 'info']);
});
