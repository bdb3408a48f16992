/** Weeks of the engine in minutes: whether memory or a collection of the database grows for ever. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench, Figure, Lengths } from './bench.ts';
import type { Soaked } from './support/soak-run.ts';

const script = path.join(import.meta.dirname, 'support/soak-run.ts');
const inMegabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;

type Length = {
  readonly projects: number;
  readonly tickets: number;
  readonly hours: number;
  readonly stepMinutes: number;
};

/** In a process of its own, whose memory holds nothing else; what it says meanwhile is passed on. */
async function soak({ projects, tickets, hours, stepMinutes }: Length): Promise<Soaked> {
  const words = [projects, tickets, hours, stepMinutes].map(String);
  const child = spawn(process.execPath, ['--expose-gc', script, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let soaked: Soaked | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, json] = /^soaked (.+)$/u.exec(line) ?? [];
    if (json === undefined) process.stdout.write(`  ${line}\n`);
    else soaked = JSON.parse(json) as Soaked;
  }
  if (!soaked) throw new Error('the run ended before its time');
  return soaked;
}

function detailsOf({ projects, hours, stepMinutes }: Length, soaked: Soaked): readonly string[] {
  const { afterFifth, atTheEnd, overdue } = soaked;
  const grown = Object.entries(atTheEnd.documents)
    .map(([name, count]) => ({ name, count, before: afterFifth.documents[name] ?? 0 }))
    .filter(({ count, before }) => count !== before);
  return [
    `${projects} projects, ${hours} virtual hours in steps of ${stepMinutes} min, ${soaked.syncs} runs, ${soaked.requests} requests, ${soaked.seconds} s`,
    `resident after a collection: ${inMegabytes(afterFifth.memory)} after a fifth, ${inMegabytes(atTheEnd.memory)} at the end`,
    `documents after a fifth and at the end: ${grown.map(({ name, count, before }) => `${name} ${before} → ${count}`).join(', ')}`,
    `kept for too long: ${Object.keys(overdue).length === 0 ? 'none' : JSON.stringify(overdue)}`,
  ];
}

/** Two figures of one run: who measures both waits for it once. */
function pairOf(name: string, of: string, lengthOf: (lengths: Lengths) => Length): readonly Bench[] {
  const runs = new Map<string, Promise<Soaked>>();
  function figure(numberOf: (soaked: Soaked) => number) {
    return async (lengths: Lengths): Promise<Figure> => {
      const length = lengthOf(lengths);
      const key = JSON.stringify(length);
      const run = runs.get(key) ?? soak(length);
      runs.set(key, run);
      const soaked = await run;
      return { value: numberOf(soaked), details: detailsOf(length, soaked) };
    };
  }
  return [
    {
      name: `${name}-memory`,
      what: `resident memory of the engine after a collection, ${of}, against that after the first fifth`,
      unit: 'times',
      limit: { at: 'most', value: 1.1 },
      measure: figure(({ afterFifth, atTheEnd }) => atTheEnd.memory / afterFifth.memory),
    },
    {
      name: `${name}-kept`,
      what: `documents in the database that its retention should have removed, ${of}`,
      unit: 'documents',
      limit: { at: 'most', value: 0 },
      measure: figure(({ overdue }) => Object.values(overdue).reduce((sum, count) => sum + count, 0)),
    },
  ];
}

export const soaks: readonly Bench[] = [
  ...pairOf(
    'soak-days',
    'at the end of 35 virtual days at 50 projects',
    ({ days = 35, projects = 50, stepMinutes = 10 }) => ({
      projects,
      tickets: 10,
      hours: days * 24,
      stepMinutes,
    }),
  ),
  ...pairOf(
    'soak-hours',
    'at the end of 8 virtual hours at 5,000 projects',
    ({ hours = 8, projects = 5_000, stepMinutes = 10 }) => ({ projects, tickets: 4, hours, stepMinutes }),
  ),
];
