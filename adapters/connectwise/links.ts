import type { PsaLinks, PsaRecordKind } from '../../src/ports/psa.ts';

/** Names of ConnectWise's own screens; case matters. */
const recordTypes = {
  project: 'ProjectHeaderFV',
  ticket: 'ServiceFV',
  scheduleEntry: 'ScheduleRecordFV',
  timeEntry: 'TimeEntryFV',
} as const satisfies Record<PsaRecordKind, string>;

export type LinkSettings = {
  readonly apiUrl: string;
  /** Where people open ConnectWise, when it is not the API's host without `api-`. */
  readonly uiUrl?: string;
  readonly companyId: string;
};

/** @throws TypeError when an address is not an http or https URL */
export function psaLinks({ apiUrl, uiUrl, companyId }: LinkSettings): PsaLinks {
  const home = new URL(uiUrl ?? new URL(apiUrl).origin);
  if (home.protocol !== 'https:' && home.protocol !== 'http:')
    throw new TypeError('A link needs http or https.');
  if (uiUrl === undefined) home.hostname = home.hostname.replace(/^api-/, '');
  const base = home.origin + home.pathname.replace(/\/+$/, '');
  return {
    record: (kind, id) => {
      const query = new URLSearchParams({
        locale: 'en_US',
        recordType: recordTypes[kind],
        recid: String(id),
        companyName: companyId,
      });
      return `${base}/v4_6_release/services/system_io/router/openrecord.rails?${query}`;
    },
    home: () => ({ url: `${base}/`, label: home.host }),
  };
}
