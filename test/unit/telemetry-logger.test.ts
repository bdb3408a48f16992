import { expect, test } from 'vitest';
import { Redactor } from '../../adapters/http/redactor.ts';
import { createLogger } from '../../adapters/telemetry/logger.ts';

function rig(level: 'info' | 'warn' = 'info') {
  const lines: string[] = [];
  const redactor = new Redactor();
  redactor.register('s3cret-key');
  const logger = createLogger(level, (line) => redactor.redact(line), {
    write: (line) => void lines.push(line),
  });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') };
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
