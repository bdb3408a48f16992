import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Reply } from '../api/errors.ts';
import type { SimulatorState } from '../control/simulator-state.ts';

/** ConnectWise opens a record by this address; path and record types are case-sensitive there as well. */
const OPEN_RECORD_PATH = '/v4_6_release/services/system_io/router/openrecord.rails';

const ASSETS: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/': { file: 'page.html', type: 'text/html; charset=utf-8' },
  '/page.css': { file: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.browser.js': { file: 'page.browser.js', type: 'text/javascript; charset=utf-8' },
};

const SAFE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
} as const;

export function isPagePath(pathname: string): boolean {
  return pathname === OPEN_RECORD_PATH || Object.hasOwn(ASSETS, pathname);
}

async function asset(name: string, status = 200): Promise<Reply> {
  const { file, type } = ASSETS[name] ?? { file: 'page.html', type: 'text/html; charset=utf-8' };
  const body = await readFile(path.join(import.meta.dirname, file), 'utf8');
  return { status, headers: { 'Content-Type': type, ...SAFE_HEADERS }, body };
}

/** Whether the address names a record that is there. The page itself says what is wrong if it does not. */
function recordExists({ world, credentials }: SimulatorState, query: URLSearchParams): boolean {
  const { projects, tickets, serviceTickets, timeEntries, scheduleEntries } = world.stores;
  if (query.get('companyName')?.toLowerCase() !== credentials.companyId.toLowerCase()) return false;
  const id = Number(query.get('recid'));
  switch (query.get('recordType')) {
    case 'ProjectHeaderFV':
      return projects.get(id) !== undefined;
    case 'ServiceFV':
      return tickets.get(id) !== undefined || serviceTickets.get(id) !== undefined;
    case 'TimeEntryFV':
      return timeEntries.get(id) !== undefined;
    case 'ScheduleRecordFV':
      return scheduleEntries.get(id) !== undefined;
    default:
      return false;
  }
}

/** The page of the simulator: at `/`, and, opened on a record, at ConnectWise's own address for it. */
export async function answerPage(state: SimulatorState, url: URL): Promise<Reply> {
  if (url.pathname !== OPEN_RECORD_PATH) return asset(url.pathname);
  return asset('/', recordExists(state, url.searchParams) ? 200 : 404);
}
