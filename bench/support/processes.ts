/** The simulator and the worker in processes of their own, as they run in production. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DEMO_CREDENTIALS } from '../../demo/connectwise/server.ts';

const root = path.join(import.meta.dirname, '../..');

export type Simulator = {
  readonly url: string;
  /** External ids of its projects. */
  readonly projects: readonly number[];
  /** The control API: `control('GET', '/requests/count')`. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
};

/** @param args of demo/connectwise/main.ts, without the port */
export async function startSimulator(...args: readonly string[]): Promise<Simulator> {
  const child = spawn(
    process.execPath,
    [path.join(root, 'demo/connectwise/main.ts'), '--port', '0', ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const url = await lineOf(child, /ConnectWise simulator: (\S+)/u);
  const control = async (method: string, route: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/_control${route}`, { method, headers, ...init });
    if (!response.ok) throw new Error(`simulator: ${method} ${route} answered ${response.status}`);
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  // The vendor's limit is not what is measured here.
  await control('PUT', '/rate-limit', { perMinute: 1_000_000 });
  return { url, control, projects: await projectsOf(url), stop: () => end(child) };
}

async function projectsOf(url: string): Promise<readonly number[]> {
  const ids: number[] = [];
  for (;;) {
    const query = `fields=id&pageSize=1000&pageId=${ids.at(-1) ?? 0}`;
    const headers = { ...apiHeaders(), 'pagination-type': 'forward-only' };
    const response = await fetch(`${url}/v4_6_release/apis/3.0/project/projects?${query}`, { headers });
    const rows = (await response.json()) as readonly { readonly id: number }[];
    ids.push(...rows.map(({ id }) => id));
    if (rows.length < 1_000) return ids;
  }
}

/** What the simulator wants to see of whoever asks. */
export function apiHeaders(): Readonly<Record<string, string>> {
  const { companyId, publicKey, privateKey, clientId } = DEMO_CREDENTIALS;
  const basic = Buffer.from(`${companyId}+${publicKey}:${privateKey}`).toString('base64');
  return {
    authorization: `Basic ${basic}`,
    clientId,
    accept: 'application/vnd.connectwise.com+json; version=2025.8',
  };
}

export type ProductProcess = {
  readonly pid: number;
  /** The most memory that was resident at any time, in bytes. */
  peakMemory(): Promise<number>;
  /** What is resident now, in bytes. */
  memory(): Promise<number>;
  /** Processor time of all its threads since it began. */
  cpuSeconds(): Promise<number>;
  stop(): Promise<void>;
};

/** `CWSYNC_ROLE=worker` as shipped. */
export function startWorker(env: NodeJS.ProcessEnv): Promise<ProductProcess> {
  return startProductProcess({ ...env, CWSYNC_ROLE: 'worker' }, /(cwsync worker is running)/u);
}

/** Bot and worker as shipped. */
export function startBotAndWorker(env: NodeJS.ProcessEnv): Promise<ProductProcess> {
  return startProductProcess(env, /(cwsync is ready)/u);
}

async function startProductProcess(env: NodeJS.ProcessEnv, ready: RegExp): Promise<ProductProcess> {
  const child = spawn(process.execPath, [path.join(root, 'bin/cwsync.mjs')], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  await lineOf(child, ready, 'stderr');
  const pid = child.pid ?? 0;
  return {
    pid,
    peakMemory: () => memoryOf(pid, 'VmHWM'),
    memory: () => memoryOf(pid, 'VmRSS'),
    cpuSeconds: () => cpuSecondsOf(pid),
    stop: () => end(child),
  };
}

async function memoryOf(pid: number, line: 'VmHWM' | 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = new RegExp(`${line}:\\s+(\\d+) kB`, 'u').exec(status)?.[1];
  if (kilobytes === undefined) throw new Error('this system does not tell the memory of a process');
  return Number(kilobytes) * 1_024;
}

/** Linux counts it in hundredths of a second, whatever the machine. */
const ticksPerSecond = 100;

async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name stands in parentheses and may hold anything; user and system time are the 14th and 15th of all.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** A script of `bench/support` as a process of its own, that says when it may be used. */
export async function startHelper(script: string, args: readonly string[], ready: RegExp) {
  const child = spawn(process.execPath, [path.join(root, 'bench/support', script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = await lineOf(child, ready);
  return {
    said,
    /** Sends a line and resolves with what it answers. */
    ask(line: string, answer: RegExp): Promise<string> {
      child.stdin?.write(`${line}\n`);
      return lineOf(child, answer);
    },
    stop: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Resolves with the first group once a line matches; rejects with what was said when the process ends before. */
function lineOf(child: ChildProcess, pattern: RegExp, from: 'stdout' | 'stderr' = 'stdout'): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child[from]?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const found = pattern.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`the process ended with ${code}: ${said}`)));
  });
}
