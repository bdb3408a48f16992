/** The open incidents, a page at a time. */
import type { Incident } from '../../domain/incident.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Action, Block, Reply } from '../../ports/reply.ts';
import { careWords, incidentActions } from './incident.ts';
import { headSummary, type IncidentView, shownId, subjectOf } from './incident-words.ts';
import { buttons, count, moment, note, notice, pager, strong, text } from './parts.ts';

export const incidentsPerPage = 10;

export type IncidentsView = {
  /** Of this page. */
  readonly shown: readonly Incident[];
  readonly total: number;
  readonly page: number;
  readonly links: PsaLinks;
  /** By id: names of conversations where nothing can be posted. */
  readonly channelNames: ReadonlyMap<string, string>;
};

export function incidentsReply(view: IncidentsView): Reply {
  const { shown, total, page } = view;
  if (total === 0) return notice('No incident is open.', 'What was over lately is in the logs.', [logs]);
  const pages = Math.ceil(total / incidentsPerPage);
  const turn = pager((to) => `incidents --page ${to}`, page, pages);
  const summary = `${count(total, 'incident')} open${pages > 1 ? `, page ${page} of ${pages}` : ''}.`;
  return {
    summary,
    blocks: [
      { block: 'text', text: [strong(summary)] },
      ...shown.map((incident) => incidentRow(view, incident)),
      ...(turn.length > 0 ? [buttons(...turn)] : []),
      note(text('Acknowledging says who sees to it; a snooze keeps the channels quiet until then.')),
    ],
  };
}

const logs: Action = { label: 'Logs', command: 'logs --errors' };
/** As many as a menu of any platform holds. */
const menuAtMost = 5;

function incidentRow({ links, channelNames }: IncidentsView, incident: Incident): Block {
  const channelName = channelNames.get(incident.id);
  const view: IncidentView = { incident, links, ...(channelName === undefined ? {} : { channelName }) };
  const { cause, since } = incident;
  const care = careWords(incident);
  const head = cause.is === 'away' ? '' : headSummary(incident, cause);
  // Who sees to it comes first: what mends it stands on the card, and in the message of the incident.
  const [mending, rest] = Array.from([false, true], (isCare) =>
    incidentActions(incident).filter(({ command }) => command.startsWith('incidents ') === isCare),
  );
  return {
    block: 'row',
    lines: [
      [text('⚠ '), ...subjectOf(view), text(': '), strong(head), text(' since '), moment(since)],
      ...(care.length > 0 ? [care] : []),
      [text(`incident ${shownId(incident)}`)],
    ],
    menu: [...(rest ?? []), ...(mending ?? [])].slice(0, menuAtMost),
  };
}
