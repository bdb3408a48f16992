/** How the running product tells whether it is well: in Slack, in a terminal, over HTTP and to a watcher outside. */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoLiveness } from '../../adapters/mongodb/liveness-store.ts';
import { DEMO_CREDENTIALS } from '../../demo/connectwise/server.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { runDoctor } from '../../src/bootstrap/doctor.ts';
import { startProduct } from '../../src/bootstrap/start.ts';
import { runInTerminal } from '../../src/bootstrap/terminal.ts';
import {
  eventually,
  freePort,
  type ProductRig,
  slackSecrets,
  startProductRig,
} from '../support/product-rig.ts';
import { sampleOf } from '../support/prometheus-text.ts';
import { Conversation } from '../support/slack-conversation.ts';

let rig: ProductRig;

beforeAll(async () => {
  // Without a worker of its own: the tests beat in its place.
  rig = await startProductRig({ projects: 3, tickets: 3, env: { CWSYNC_ROLE: 'bot' } });
});
afterAll(() => rig?.stop());

const workerBeats = () =>
  mongoLiveness(rig.db, DEMO_CREDENTIALS.companyId, '$$NOW').beat('worker', 'test', 60_000);
const forgetWorker = () => rig.db.collection('liveness').deleteMany({ kind: 'worker' });

async function ready(): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${rig.port}/readyz`);
  return { status: response.status, body: await response.json() };
}

async function doctorInTerminal(env: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const code = await runDoctor({ env: { ...rig.env, ...env }, print: (line) => lines.push(line) });
  return { code, output: lines.join('\n') };
}

describe('over HTTP', () => {
  it('lives from the start, and is ready once a worker shows itself', async () => {
    await forgetWorker();
    expect((await fetch(`http://127.0.0.1:${rig.port}/healthz`)).status).toBe(200);
    await eventually(async () =>
      expect(await ready()).toMatchObject({ status: 503, body: { worker: 'not ok' } }),
    );
    await workerBeats();
    await eventually(async () =>
      expect(await ready()).toEqual({
        status: 200,
        body: { ready: true, database: 'ok', worker: 'ok', chat: 'ok' },
      }),
    );
  });
});

describe('the planner API', () => {
  async function inTerminal(text: string): Promise<string> {
    let said = '';
    const io = { out: (words: string | Uint8Array) => (said += words), err: () => {}, width: undefined };
    await runInTerminal({
      env: rig.env,
      appVersion: packageJson.version,
      text,
      json: false,
      wait: false,
      io,
    });
    return said;
  }

  it('opens to a token that was made in a terminal, until that is revoked there', async () => {
    const token = /cwsync_[\w-]{43}/u.exec(await inTerminal('token create wiki --role viewer'))?.[0];
    const headers = { authorization: `Bearer ${token}` };
    const read = () => fetch(`http://127.0.0.1:${rig.port}/api/v1/projects`, { headers });
    expect((await read()).status).toBe(200);
    await inTerminal('token revoke wiki');
    expect((await read()).status).toBe(401);
  });
});

/** `npx cwsync doctor`: the process ends by itself, whatever it has opened. */
function doctorProcess(): Promise<{ readonly code: number; readonly out: string }> {
  const bin = path.join(import.meta.dirname, '../../bin/cwsync.mjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, 'doctor'], { env: rig.env, cwd: tmpdir() }, (error, out) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out }),
    );
  });
}

describe('doctor', () => {
  it('in Slack, for an admin', async () => {
    await workerBeats();
    const chat = new Conversation(rig.slack);
    const answer = await chat.ask('/cwsync doctor');
    const told = await chat.until(answer, /of \d+\.|are well/);
    expect(told.words).toContain('✓ OK: ConnectWise keys');
    expect(told.words).toContain('✓ OK: ConnectWise rights');
    expect(told.words).toContain('✓ OK: Background worker');
    expect(told.words).toContain('Slack token');
    expect(told.ephemeral).toBe(true);
  });

  it('in a terminal: a line for each check, and 1 as long as one fails', async () => {
    await workerBeats();
    const well = await doctorInTerminal();
    expect([well.code, well.output.includes('✗')]).toEqual([0, false]);
    expect(well.output).toMatch(/✓ OK {3,}ConnectWise keys {2,}Accepted/);
    expect(well.output).toMatch(/✓ OK {3,}MongoDB {2,}A replica set answers/);
    expect(well.output).toMatch(/✓ OK {3,}Clocks {2,}Against this machine’s clock/);
    expect(well.output).toMatch(/✓ OK {3,}MongoDB writing/);
    await rig.control('PUT', '/permissions', { entity: 'timeEntries', allowed: false });
    const missing = await doctorInTerminal();
    await rig.control('PUT', '/permissions', { entity: 'timeEntries', allowed: true });
    expect(missing.code).toBe(1);
    expect(missing.output).toMatch(
      /✗ Failed {2,}ConnectWise rights {2,}Missing: Time & Expense › Time Entry/,
    );
    expect(missing.output).toContain('→ Ask a ConnectWise admin to give the security role');
  });

  it('tells when the keys are refused, the token is wrong, or MongoDB is not there, and nothing secret', async () => {
    const { output, code } = await doctorInTerminal({
      CONNECTWISE_PRIVATE_KEY: 'wrong-private-key',
      SLACK_BOT_TOKEN: 'xoxb-wrong-token',
      MONGODB_URI: 'mongodb://someone:pass-w0rd@127.0.0.1:9/cwsync',
    });
    expect(code).toBe(1);
    expect(output).toMatch(/✗ Failed {2,}ConnectWise keys {2,}ConnectWise refused the API keys/);
    expect(output).toMatch(/✗ Failed {2,}Slack token {2,}Slack refused it: invalid_auth/);
    expect(output).toMatch(/✗ Failed {2,}MongoDB {2,}/);
    for (const secret of ['wrong-private-key', 'wrong-token', 'pass-w0rd', slackSecrets.signingSecret])
      expect(output).not.toContain(secret);
  });

  it('as a process: ends by itself, with what it found on standard output', async () => {
    await workerBeats();
    const { code, out } = await doctorProcess();
    expect([code, out.includes('✗')]).toEqual([0, false]);
    expect(out).toMatch(/ConnectWise rights {2,}(?:All \d+|\d+ of \d+) kinds of records can be read/);
  });

  it('changes nothing that it was not asked to change', async () => {
    const before = await rig.db.collection('settings').countDocuments();
    await doctorInTerminal();
    expect(await rig.db.collection('settings').countDocuments()).toBe(before);
    expect(await rig.db.collection<{ _id: string }>('write_check').countDocuments()).toBe(1);
  });
});

describe('a process that is only a worker', () => {
  it('shows on a port of its own how it is, and to who has the token what its thread has done', async () => {
    const token = 'a-token-that-nobody-guesses';
    const port = await freePort();
    const worker = await startProduct({
      env: {
        ...rig.env,
        CWSYNC_ROLE: 'worker',
        CWSYNC_METRICS_PORT: String(port),
        CWSYNC_METRICS_TOKEN: token,
      },
      appVersion: 'test',
      say: () => {},
      onHopeless: () => {},
    });
    const get = (path: string, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
    try {
      expect((await get('/metrics')).status).toBe(401);
      await eventually(async () => {
        const metrics = await get('/metrics', { authorization: `Bearer ${token}` });
        const of = sampleOf(await metrics.text());
        expect(of('cwsync_runs_total', { mode: 'misc', result: 'completed' })).toBeGreaterThan(0);
        expect(
          of('cwsync_build_info', { version: 'test', role: 'worker', node: process.versions.node }),
        ).toBe(1);
      });
      expect(await (await get('/readyz')).json()).toEqual({ ready: true, database: 'ok', worker: 'ok' });
    } finally {
      await worker.stop();
    }
    await expect(get('/healthz')).rejects.toThrow();
  });
});
