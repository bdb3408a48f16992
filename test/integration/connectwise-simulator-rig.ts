import { type ConnectWiseOptions, startConnectWise } from '../../demo/connectwise/server.ts';

export const NOW = new Date('2026-03-02T09:30:15.678Z');
export const KEYS = 'acme+demo-public:demo-private';
export const CLIENT_ID = '00000000-0000-4000-8000-000000000001';
export const ROOT = '/v4_6_release/apis/3.0';

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // A test reads what it expects to find there.
  readonly json: unknown;
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerOf(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

export const basic = (keys: string) => `Basic ${Buffer.from(keys).toString('base64')}`;

export type Rig = Awaited<ReturnType<typeof startRig>>;

/** A running simulator with a clock that stands still, and ways to ask it things. */
export async function startRig(options: Partial<ConnectWiseOptions> = {}) {
  const time = { now: NOW };
  const simulator = await startConnectWise({
    world: { seed: 7, projects: 3, tickets: 30 },
    clock: () => time.now,
    ...options,
  });
  const keys = { Authorization: basic(KEYS), clientId: CLIENT_ID };
  return {
    ...simulator,
    time,
    /** A GET with keys, of a path below `/apis/3.0`. */
    get: (path: string, headers: Record<string, string> = {}) =>
      answerOf(`${simulator.url}${ROOT}${path}`, { headers: { ...keys, ...headers } }),
    send: (method: string, path: string, body: string, headers: Record<string, string> = {}) =>
      answerOf(`${simulator.url}${ROOT}${path}`, {
        method,
        body,
        headers: { ...keys, 'Content-Type': 'application/json', ...headers },
      }),
    /** Any address of the simulator, with nothing added. */
    raw: (path: string, init?: RequestInit) => answerOf(`${simulator.url}${path}`, init),
    control: (method: string, path: string, body?: unknown) =>
      answerOf(`${simulator.url}/_control${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      }),
  };
}

export function idsOf(answer: Answer): number[] {
  return (answer.json as { id: number }[]).map((row) => row.id);
}

/** The address after `rel="…"` in a Link header, as a path below `/apis/3.0`, or null. */
export function linkPath(answer: Answer, relation: string): string | null {
  const links = (answer.headers.get('link') ?? '').split(', ');
  const found = links.find((link) => link.endsWith(`; rel="${relation}"`));
  return found?.slice(found.indexOf(ROOT) + ROOT.length, found.indexOf('>')) ?? null;
}
