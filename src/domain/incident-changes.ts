/** What leads from the incidents that are kept to those that should be open. */
import type { Incident, IncidentChannel, IncidentEnd, IncidentFacts, Problem } from './incident.ts';
import { settleMs } from './incident-life.ts';
import { type Json, sameJson } from './json.ts';
import type { SyncTask } from './sync-task.ts';

export type IncidentChanges = {
  readonly raised: readonly Problem[];
  /** Open, and to be told otherwise: with its id and its beginning as they are. */
  readonly changed: readonly { readonly incident: Incident; readonly to: Problem }[];
  readonly ended: readonly { readonly incident: Incident; readonly end: IncidentEnd }[];
  /** Came back before, and well now: over only once it has held. */
  readonly well: readonly Incident[];
};

export function changesTo(
  open: readonly Incident[],
  problems: readonly Problem[],
  facts: IncidentFacts,
): IncidentChanges {
  const byKey = new Map(problems.map((problem) => [problem.key, problem]));
  const openKeys = new Set(open.map(({ key }) => key));
  const gone = open.filter(({ key }) => !byKey.has(key));
  const ends = gone.map((incident) => ({ incident, end: endOf(incident, facts) }));
  return {
    raised: problems.filter(({ key }) => !openKeys.has(key)),
    changed: open.flatMap((incident) => {
      const to = byKey.get(incident.key);
      return to && (incident.wellSince || !readsTheSame(incident, to)) ? [{ incident, to }] : [];
    }),
    ended: ends.flatMap(({ incident, end }) => {
      if (end.how === 'stopped' || !incident.relapses) return [{ incident, end }];
      const { wellSince } = incident;
      const holds = wellSince && facts.now.getTime() - wellSince.getTime() >= settleMs;
      return holds ? [{ incident, end: { ...end, at: wellSince } }] : [];
    }),
    well: ends.flatMap(({ incident, end }) => {
      const { relapses, wellSince } = incident;
      return end.how === 'recovered' && relapses && !wellSince ? [incident] : [];
    }),
  };
}

/** Each try has another id and another pause; neither is news. */
function readsTheSame(a: Problem, b: Problem): boolean {
  const shown = ({ cause, projects, ownTask }: Problem): Json =>
    JSON.parse(
      JSON.stringify({ cause, projects, ownTask }, (key, value: Json) =>
        key === 'reference' || key === 'retryAfterMs' ? undefined : value,
      ),
    );
  return sameJson(shown(a), shown(b));
}

function endOf(incident: Incident, facts: IncidentFacts): IncidentEnd {
  const at = facts.now;
  const { scope, channel } = incident;
  if (channel && !facts.alertChannels.some((one) => isSame(one, channel))) {
    return { how: 'stopped', at, why: 'no alert channel' };
  }
  if (channel || scope === 'cwsync') return { how: 'recovered', at };
  if (!facts.gate.enabled) return { how: 'stopped', at, why: 'integration disabled' };
  if (scope === 'integration') return { how: 'recovered', at };
  const ids = new Set(incident.projects.map(({ taskId }) => taskId));
  const tasks = facts.tasks.filter(({ id }) => ids.has(id));
  const going = tasks.filter(({ link }) => link.state === 'active');
  if (ids.size > 0 && going.length === 0) {
    const changed = tasks.find(({ link }) => link.changed)?.link.changed;
    return { how: 'stopped', at, why: 'project stopped', ...(changed ? { changed } : {}) };
  }
  return { how: 'recovered', at, changes: caughtUp(going, incident.openedAt) };
}

/** What the syncs changed that ended the problem. */
function caughtUp(tasks: readonly SyncTask[], openedAt: Date): number {
  return tasks
    .flatMap(({ lastSync }) => (lastSync && lastSync.at >= openedAt ? [lastSync.counts] : []))
    .reduce((sum, { created, updated, deleted }) => sum + created + updated + deleted, 0);
}

function isSame(a: IncidentChannel, b: IncidentChannel): boolean {
  return a.platform === b.platform && a.tenant === b.tenant && a.conversation === b.conversation;
}
