/** What CI does with each change, `npm run faults -- --short`: the most for its seconds, and what is steady. */
import { groups } from './cells.ts';

/** Every cell of these files. */
const wholeFiles = ['connectwise.test.ts'];

const chosen = [
  'killed in the first import',
  'stopped in a sync',
  'database gone',
  'database restarted',
  'database steps down',
  'database hangs',
  'completion late',
  'disk stalls',
  'lying',
  'refusing writes',
  'Slack down',
  'socket dropped',
  'Teams down',
  'worker killed after a worker claims',
  'worker killed before a worker writes into the plan',
  'worker killed before a worker completes',
  'worker killed after a worker makes a record in ConnectWise',
  'bot killed after the bot notes who waits',
  'bot killed after the bot opens an incident',
  'bot killed before the bot notes that it was posted',
] as const;

const inWholeFiles = groups
  .filter(({ file }) => wholeFiles.includes(file))
  .flatMap(({ cells }) => cells.map(({ id }) => id));

export const shortIds: ReadonlySet<string> = new Set([...inWholeFiles, ...chosen]);

/** The files, and what the names of the tests match. */
export function shortRun(): { readonly files: readonly string[]; readonly names: string } {
  const own = groups.filter(({ cells }) => cells.some(({ id }) => shortIds.has(id)));
  const faults = own.flatMap(({ cells }) => cells.filter(({ id }) => shortIds.has(id)));
  return {
    files: own.map(({ file }) => `test/faults/${file}`),
    names: faults.map(({ fault }) => `\\b${RegExp.escape(fault)}: `).join('|'),
  };
}
