/** What is to be known about ConnectWise and shows in how it answers. */
import { fullMembersPath, tablePlaces } from './places.ts';
import type { ProbeItem, Seen } from './probe-item.ts';
import { type Look, nothingSeen, type Sight } from './probe-look.ts';

/** Of a program that syncs projects nobody asks for these: the least rights leave them out. */
const unneededPath = '/finance/agreements';

export const wireItems: readonly ProbeItem[] = [
  {
    item: 'How ConnectWise refuses conditions that it cannot read',
    settles:
      'no constant: failures go by the status; badConditionsCode and badConditionsMessage of the simulator',
    look: badConditions,
    how: 'the words themselves: GET /project/tickets?conditions=nosuchfield%20%3D%201 with the same keys',
  },
  {
    item: 'How ConnectWise refuses what the security role does not allow',
    settles: 'no constant: failures go by the status 403; missingRight and forbiddenMessage of the simulator',
    look: missingRight,
    how: 'take one right from the security role for a minute, and run the probe again',
  },
  {
    item: 'The Link header at the end of forward-only pages',
    settles: 'no constant: both ends are understood; finalLink and linkAfterFullLastPage of the simulator',
    look: finalLink,
  },
  {
    item: 'ConnectWise’s clock and the version of its API',
    settles: 'CONNECTWISE_API_VERSION',
    look: clockAndVersion,
  },
];

async function badConditions(look: Look): Promise<Seen> {
  const cases = [
    ['a clause without an end', 'id ='],
    ['a field that does not exist', 'cwsyncProbeField = 1'],
  ] as const;
  const seen: string[] = [];
  for (const [what, conditions] of cases) {
    seen.push(
      `${what}: ${answered(await look('/project/tickets', { conditions, fields: 'id', pageSize: 1 }))}`,
    );
  }
  return { seen };
}

function answered({ status, rows, refusal }: Sight): string {
  return refusal === undefined
    ? `${status}, ${rows.length} rows, as if nothing was wrong`
    : `${status}, ${refusal}`;
}

async function missingRight(look: Look): Promise<Seen> {
  const query = { fields: 'id', pageSize: 1 };
  const paths = [fullMembersPath, unneededPath];
  const seen: string[] = [];
  let refused = false;
  for (const path of paths) {
    const sight = await look(path, query);
    refused ||= sight.status === 403;
    const words =
      sight.refusal === undefined ? `${sight.status}, allowed` : `${sight.status}, ${sight.refusal}`;
    seen.push(`${path}: ${words}`);
  }
  return refused ? { seen, verdict: 'a missing right is a plain 403, as cwsync takes it' } : { seen };
}

async function finalLink(look: Look): Promise<Seen> {
  // A short table: its end comes at once.
  const { path } = tablePlaces.projectStatus;
  const whole = await look(path, { fields: 'id', pageSize: 1_000 }, { forwardOnly: true });
  const none = nothingSeen(whole, 'statuses of projects');
  if (none) return { seen: [none] };
  const full = await look(path, { fields: 'id', pageSize: whole.rows.length }, { forwardOnly: true });
  const first = await look(path, { fields: 'id', pageSize: 1 }, { forwardOnly: true });
  return {
    seen: [
      `a last page that is not full (${whole.rows.length} of 1,000): ${linkWords(whole)}`,
      `a last page that is full (${full.rows.length} of ${whole.rows.length}): ${linkWords(full)}`,
      `a page that is not the last: ${linkWords(first)}`,
    ],
    ...(whole.rows.length > 1 ? endVerdict(whole, first) : {}),
  };
}

function linkWords({ headers }: Sight): string {
  const link = headers?.get('link');
  if (link === undefined || link === null) return 'no Link';
  if (link.trim() === '') return 'an empty Link';
  return /rel\s*=\s*"?next"?(?![\w-])/iu.test(link)
    ? `a Link with a next page, ${/[?&]pageId=\d/iu.test(link) ? 'with' : 'without'} pageId`
    : 'a Link without a next page';
}

function endVerdict(whole: Sight, first: Sight): Pick<Seen, 'verdict' | 'wrong'> {
  const goesOn = linkWords(first) === 'a Link with a next page, with pageId';
  const ends = !linkWords(whole).includes('with a next page');
  return goesOn && ends
    ? { verdict: 'pages are followed to their end as cwsync does it' }
    : { verdict: 'pages do not end or go on as cwsync expects: report this', wrong: true };
}

async function clockAndVersion(look: Look): Promise<Seen> {
  const { headers } = await look('/system/info', {});
  const version = headers?.get('api-current-version') ?? '';
  return {
    seen: [
      `Date header: ${headers?.get('date') ? 'there' : 'absent'}`,
      `api-current-version: ${/^\d{4}\.\d{1,2}$/u.test(version) ? version : `${version.length} characters`}`,
    ],
  };
}
