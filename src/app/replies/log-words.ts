/** Entries of both logs in words: the same in a list, alone, and in an export. */
import type { LogEntry, Severity } from '../../ports/log-store.ts';
import type { PsaLinks, PsaRecordKind } from '../../ports/psa.ts';
import type { Part } from '../../ports/reply.ts';
import type { RequestRecord } from '../../ports/request-log.ts';
import { link } from './parts.ts';

export const signs: { readonly [severity in Severity]: string } = {
  info: '',
  warning: '⚠ ',
  error: '✕ ',
};

export function succeeded({ status }: RequestRecord): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

/**
 * As a person would write it: conditions decoded, without the API's common beginning and the list of fields,
 * which is the same for every request of a kind.
 */
export function readablePath(path: string): string {
  const [address = '', query = ''] = path.replace(/^.*\/apis\/3\.0(?=\/)/u, '').split('?', 2);
  const kept = query.split('&').filter((parameter) => parameter !== '' && !parameter.startsWith('fields='));
  return [address, decoded(kept.join('&'))].filter((part) => part !== '').join('?');
}

function decoded(query: string): string {
  try {
    return decodeURIComponent(query.replaceAll('+', ' '));
  } catch {
    return query;
  }
}

/** Kinds that have a page of their own in ConnectWise. */
const pages: { readonly [entity in LogEntry['entity'] & string]?: PsaRecordKind } = {
  project: 'project',
  task: 'ticket',
  event: 'scheduleEntry',
  timeLog: 'timeEntry',
};

export function recordLink({ externalId, entity }: LogEntry, links: PsaLinks): Part | undefined {
  if (externalId === undefined || entity === undefined) return undefined;
  const page = pages[entity];
  return page ? link(`#${externalId}`, links.record(page, externalId)) : undefined;
}
