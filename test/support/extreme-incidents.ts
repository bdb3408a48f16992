import { incidentReply } from '../../src/app/replies/incident.ts';
import { incidentsReply } from '../../src/app/replies/incident-list.ts';
import { updatesReply } from '../../src/app/replies/incident-updates.ts';
import { type FailureCode, failureRules } from '../../src/domain/failure.ts';
import { awayNotice, type Incident, type IncidentScope } from '../../src/domain/incident.ts';
import {
  acknowledgedBy,
  changedTo,
  endedBy,
  openAgain,
  snoozedBy,
  wokenUp,
} from '../../src/domain/incident-life.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { testLinks } from './command-rig.ts';
import { atMs, testStart } from './make-sync-task.ts';

const codes = Object.keys(failureRules) as FailureCode[];
const scopes: readonly IncidentScope[] = [
  'project',
  'entity kind',
  'own task',
  'integration',
  'cwsync',
  'channel',
];

function incidentNamed(name: string, scope: IncidentScope, code: FailureCode, projects: number): Incident {
  const failure = { code, entity: name, field: name, vendorMessage: name.repeat(20), reference: 'r-1' };
  return {
    id: '0123456789abcdefghijkl',
    key: 'k',
    scope,
    since: testStart,
    cause: { is: 'failure', failure },
    projects: Array.from({ length: projects }, (_, n) => ({
      taskId: `t:p${n}`,
      projectId: `p${n}`,
      externalId: n,
      name,
      customer: n % 2 === 0 ? name : null,
    })),
    ...(scope === 'own task' ? { ownTask: { taskId: 't:misc', name } } : {}),
    ...(scope === 'channel' ? { channel: { platform: 'slack', tenant: 'T1', conversation: name } } : {}),
    notice: false,
    openedAt: testStart,
    revision: 1,
    updates: [],
  };
}

/** Every incident about something of this name, open and over. */
export function extremeIncidents(name: string): readonly Reply[] {
  const incidents = scopes.flatMap((scope) =>
    codes.flatMap((code) => [0, 1, 60].map((projects) => incidentNamed(name, scope, code, projects))),
  );
  const [first = incidentNamed(name, 'project', 'internal', 1)] = incidents;
  const late: Incident = { ...first, cause: { is: 'late', last: { code: 'internal', vendorMessage: name } } };
  const away = awayNotice('t', { from: testStart, to: atMs(3_300_000) }, 212);
  const at = atMs(2_520_000);
  const ends = [
    { how: 'recovered', at, changes: 18 },
    { how: 'stopped', at, why: 'project stopped', changed: { by: { id: 'x', name }, at, reason: name } },
  ] as const;
  const view = { links: testLinks, channelName: name, lastEntry: { at, message: name.repeat(30) } };
  const shown = [...incidents, late, { ...first, ...away }].flatMap((incident) => [
    incidentReply({ ...view, incident }),
    ...ends.flatMap((end) => {
      const ended = endedBy(incident, end);
      const told =
        ended.updates.length > 0 ? [updatesReply({ ...view, incident: ended }, ended.updates)] : [];
      return [incidentReply({ ...view, incident: ended }), ...told];
    }),
  ]);
  const eventful = eventfulIncident(name);
  const listed = { total: 90, page: 2, links: testLinks, channelNames: new Map() };
  return [
    ...shown,
    incidentReply({ ...view, incident: eventful }),
    updatesReply({ ...view, incident: eventful }, eventful.updates),
    incidentsReply({ ...listed, shown: Array.from({ length: 10 }, () => eventful) }),
  ];
}

/** One to which everything has happened. */
function eventfulIncident(name: string): Incident {
  const by = { id: 'slack:T1/U1', name };
  const few = incidentNamed(name, 'entity kind', 'cw.permission', 2);
  const many = incidentNamed(name, 'entity kind', 'cw.rejected', 60);
  const seen = snoozedBy(acknowledgedBy(few, by, testStart), by, testStart, 60_000);
  const woken = changedTo(wokenUp(seen, testStart), many, testStart);
  const over = endedBy(woken, { how: 'recovered', at: testStart, changes: 18 });
  const again = openAgain(over, { ...many, id: 'another' }, testStart);
  return snoozedBy(acknowledgedBy(again, by, testStart), by, testStart, 60_000);
}
