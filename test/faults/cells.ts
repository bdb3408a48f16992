/** Every fault that is tried on the product, and what must hold of it: the table of docs/faults.md. */
import type { Moment } from '../support/wire-proxy.ts';
import { alertPoints, botPoints, workerPoints, writePoints } from './checkpoints.ts';

export type Victim = 'worker' | 'bot' | 'mongod';
export type Cell = {
  readonly id: string;
  readonly fault: string;
  readonly holds: string;
  /** Of rows that are made of points and moments. */
  readonly kill?: { readonly victim: Victim; readonly point: string; readonly moment: Moment };
};
export type Group = { readonly title: string; readonly file: string; readonly cells: readonly Cell[] };

const takenUp =
  'the trigger is settled, the sync is taken up again within a lease and a poll, both sides are equal, no record is there twice';
const told =
  'who was told that it is taken reads how it ended, nobody waits for ever, the next question is answered';
const once = 'the alert stands there once, and so does its end';

const moments = ['before', 'after'] as const;

function killsAt(who: string, victim: Victim, points: readonly string[], holds: string): readonly Cell[] {
  return points.flatMap((point) =>
    moments.map((moment) => ({
      id: `${victim} killed ${moment} ${who} ${point}`,
      fault: `kill -9 of the ${victim} directly ${moment} ${who} ${point}`,
      holds,
      kill: { victim, point, moment },
    })),
  );
}

const atCheckpoints: readonly Group[] = [
  {
    title: 'Ends of the worker and of the database, at every checkpoint of a run',
    file: 'worker-checkpoints.test.ts',
    cells: [
      ...killsAt('a worker', 'worker', [...Object.keys(workerPoints), ...Object.keys(writePoints)], takenUp),
      ...killsAt('a worker', 'mongod', Object.keys(workerPoints), takenUp),
    ],
  },
  {
    title: 'Ends of the bot and of the database, while the bot answers and alerts',
    file: 'bot-checkpoints.test.ts',
    cells: [
      ...killsAt('the bot', 'bot', Object.keys(botPoints), told),
      ...killsAt('the bot', 'mongod', Object.keys(botPoints), told),
      ...killsAt('the bot', 'bot', Object.keys(alertPoints), once),
      ...killsAt('the bot', 'mongod', Object.keys(alertPoints), once),
    ],
  },
];

export const groups: readonly Group[] = [
  ...atCheckpoints,
  {
    title: 'Ends and starts',
    file: 'ends.test.ts',
    cells: [
      {
        id: 'killed in the first import',
        fault: 'kill -9 of the whole product in the middle of its first import',
        holds: 'taken up again, told to the end in the same answer, no task twice, the log says so',
      },
      {
        id: 'stopped in a sync',
        fault: 'SIGTERM in the middle of a sync',
        holds: 'ends with code 0 within 10 s, hands the sync back, and the next start goes on with it',
      },
      {
        id: 'kills by chance',
        fault:
          'kill -9 of bot, workers and database by chance, each third of the database, while people edit on both sides',
        holds:
          'no trigger lost, no record twice, nothing due for longer than a lease, a poll and the start of a process, both sides equal and then quiet, every overwritten value told',
      },
    ],
  },
  {
    title: 'The database',
    file: 'database.test.ts',
    cells: [
      {
        id: 'database gone',
        fault: 'kill -9 of the database in the middle of a sync; it comes back after a while',
        holds:
          'what is asked meanwhile is acknowledged in time and answered with what the operator does; the answer that was under way reads its end, no task twice',
      },
      { id: 'database restarted', fault: 'clean stop and start of the database in a sync', holds: takenUp },
      {
        id: 'database steps down',
        fault: 'the primary steps down in a sync and is elected again seconds later',
        holds: takenUp,
      },
      {
        id: 'database slow',
        fault: 'every answer of the database takes 150 ms longer',
        holds: 'the sync ends, no lease is lost, both sides are equal',
      },
      {
        id: 'database hangs',
        fault: 'the database stands still (SIGSTOP) for longer than a lease',
        holds: takenUp,
      },
      {
        id: 'completion late',
        fault:
          'a worker stands still as it completes, and its last word reaches the database when another has taken its sync up',
        holds: 'it changes nothing for the other; the trigger is settled, both sides are equal',
      },
      {
        id: 'disk stalls',
        fault: 'no write reaches the disk (fsyncLock) for longer than a lease',
        holds: takenUp,
      },
      {
        id: 'disk full',
        fault: 'the disk of the database is full: the database ends itself; later there is room again',
        holds: takenUp,
      },
    ],
  },
  {
    title: 'ConnectWise',
    file: 'connectwise.test.ts',
    cells: [
      {
        id: 'keys refused',
        fault: '401 to everything',
        holds:
          'everything waits, with whose job it is; a check by an admin lets the same answer go on to its end',
      },
      {
        id: 'right missing',
        fault: '403 on tickets',
        holds: 'needs attention, names the right, the rest goes on; Sync now recovers when it is given back',
      },
      {
        id: 'project gone',
        fault: '404 of a project',
        holds: 'needs attention, the plan is kept; Sync now recovers when it is back',
      },
      { id: 'error 500', fault: '500', holds: 'tried again by itself, said so; Retry now does not wait' },
      { id: 'reset', fault: 'the connection is cut', holds: 'the same answer goes on by itself to the end' },
      {
        id: 'broken JSON',
        fault: 'an answer that is no JSON',
        holds: 'said with the id of the request, tried again by itself',
      },
      {
        id: 'limiting briefly',
        fault: '429, as JSON and as a page, 1 s',
        holds: 'waits and goes on within the run',
      },
      { id: 'slow', fault: 'answers after 1.5 s', holds: 'the answer shows how far it is, and the end' },
      {
        id: 'bad record',
        fault: 'one record with a date that is none',
        holds: 'it is skipped and named, the rest of the project is synced',
      },
      {
        id: 'codebase moved',
        fault: 'the tenant is upgraded to another codebase in the middle of a sync',
        holds: 'found again by itself, the same answer reads its end',
      },
      {
        id: 'limiting long',
        fault: '429 for 300 s',
        holds: 'says when it goes on, and asks ConnectWise nothing before, also not for Retry now',
      },
      {
        id: 'no secret told',
        fault: 'all of the above, with an answer that repeats the keys',
        holds: 'no secret is in any answer, in the database or in what the process wrote',
      },
    ],
  },
  {
    title: 'ConnectWise, written to and over hours',
    file: 'both-sides.test.ts',
    cells: [
      {
        id: 'lying',
        fault: '200 to a change that is not taken',
        holds:
          'said (“accepted but not changed”), the plan keeps its value, written once it is taken; both sides equal',
      },
      {
        id: 'refusing writes',
        fault: 'the right to edit tickets is withdrawn, and given back',
        holds: 'said, nothing lost, written afterwards; both sides equal',
      },
      {
        id: 'clock of ConnectWise off',
        fault: 'the Date header of ConnectWise is 10 minutes ahead, then 10 minutes behind',
        holds: 'edits on both sides arrive with the next delta; both sides equal',
      },
      {
        id: 'clock of the worker steps',
        fault:
          'the clock of the worker’s machine jumps 2 hours ahead and 2 hours back in the middle of its runs',
        holds: 'no lease is lost by it, no trigger lost; both sides equal',
      },
      {
        id: 'gone for hours',
        fault:
          'ConnectWise does not answer for five hours (on a clock moved by hand), people go on editing on both sides',
        holds:
          'asked seldom meanwhile, nothing lost; caught up by itself within 20 minutes of its return; both sides equal, no record twice',
      },
    ],
  },
  {
    title: 'Slack and Teams',
    file: 'chat.test.ts',
    cells: [
      {
        id: 'Slack down',
        fault: 'Slack’s Web API and response addresses answer 503 while a sync ends and an alert is due',
        holds:
          'the sync ends all the same; the end and the alert are told once Slack is back, the alert once',
      },
      {
        id: 'socket dropped',
        fault: 'the socket to Slack breaks without a word',
        holds: 'connected again by itself, the next command is answered',
      },
      {
        id: 'token revoked',
        fault: 'Slack answers token_revoked to everything, then takes the token again',
        holds: 'syncs go on, nothing that was to be told is dropped; the alert and its end come once',
      },
      {
        id: 'Teams down',
        fault: 'the service of Teams answers 503 while a sync ends',
        holds: 'the sync ends all the same, and its end is told in the same message once Teams is back',
      },
    ],
  },
  {
    title: 'Two versions',
    file: 'versions.test.ts',
    cells: [
      {
        id: 'upgrade side by side',
        fault:
          'a bot and a worker of the build before the last change of the database run on while a worker of today’s joins and changes it; people edit on both sides',
        holds:
          'no trigger lost, both sides equal, no record twice; an older process that is started afterwards says which version it needs',
      },
    ],
  },
];

/** The rows of a file that are made of points and moments. */
export function killCellsOf(file: string): readonly (Cell & Required<Pick<Cell, 'kill'>>)[] {
  const cells = groups.find((group) => group.file === file)?.cells ?? [];
  return cells.flatMap((one) => (one.kill ? [{ ...one, kill: one.kill }] : []));
}

/** What cannot be done truly in a test. */
export const notCovered: readonly string[] = [
  'A step of the clock of the database server itself: a server takes its time from its machine. Instead every rule of the queue is tested with the database’s time moved by hand (`test/contract/sync-task-*.test.ts`).',
  'A replica set of several members, its elections and rollbacks: the tests start one member. Writes wait for a majority of the members.',
  'A disk that answers slowly without standing still, and one that returns wrong data.',
  'A full disk where a test may not mount a small one of its own (`unshare` and `nsenter` of Linux, user namespaces allowed): the suite then says so.',
  'A Teams that is reached with real tokens of Microsoft: the Teams of the tests takes any.',
  'The machine itself losing power: kill -9 leaves what the system had written for the disk.',
];

/**
 * docs/faults.md.
 * @param short ids of what the short form does
 */
export function faultsDocument(short: ReadonlySet<string>): string {
  const sections = groups.flatMap(({ title, file, cells }) => [
    `## ${title}`,
    '',
    `\`test/faults/${file}\``,
    '',
    '| what happens | what must hold |',
    '|---|---|',
    ...cells.map(({ id, fault, holds }) => `| ${short.has(id) ? '• ' : ''}${fault} | ${holds} |`),
    '',
  ]);
  return [
    '# What is done to cwsync, and what must hold',
    '',
    'Written by `npm run faults`, which does all of it with real processes: the product as people start it, a MongoDB',
    'server that is started for it, and the simulators of ConnectWise, Slack and Teams. A run prints a line for each row,',
    'with how long it took. `npm run faults -- --kills 1000 --seed 7` kills by chance, as often as it is told;',
    '`npm test` does so 25 times. CI does those with a point, `npm run faults -- --short`.',
    '',
    'A lease is 4 s in these tests, and 60 s unless `CWSYNC_LEASE_SECONDS` says otherwise; a poll is 0.1 s, and else 2 s.',
    'What a killed process had begun and locked MongoDB gives free after 8 s in these tests, and after a minute else.',
    '',
    ...sections,
    '## Not covered',
    '',
    ...notCovered.map((one) => `- ${one}`),
    '',
  ].join('\n');
}
