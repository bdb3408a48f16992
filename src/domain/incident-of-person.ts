/**
 * An incident as somebody is told of it who follows some of its projects: of the others, which may be other
 * customers', it says nothing, and it is over when theirs are.
 */
import type { Incident, IncidentEnd, IncidentUpdate, LeftProject } from './incident.ts';

/** Whether it reads otherwise to different people: of a single project all its followers are told the same. */
export function isShared({ scope, projects, left = [] }: Incident): boolean {
  return (scope === 'project' || scope === 'entity kind') && projects.length + left.length > 1;
}

/**
 * Undefined where it has nothing to do with any of these.
 * @param projectIds ids of the plan projects that somebody follows
 */
export function narrowedTo(incident: Incident, projectIds: ReadonlySet<string>): Incident | undefined {
  if (!isShared(incident)) return incident;
  const { projects, left = [], ownTask, updates } = incident;
  const isTheirs = ({ projectId }: { readonly projectId: string }) => projectIds.has(projectId);
  const theirs = projects.filter(isTheirs);
  const over = left.filter(isTheirs);
  if (theirs.length === projects.length && over.length === left.length) return incident;
  if (theirs.length > 0 || ownTask) {
    const { end, ...open } = incident;
    return {
      ...open,
      projects: theirs,
      left: over,
      updates: updates.map(withoutCounts),
      ...(end ? { end: uncounted(end) } : {}),
    };
  }
  const [first, ...others] = over;
  if (!first) return undefined;
  // What came after theirs were over is none of theirs either.
  return { ...incident, projects: over, left: [], updates: [], end: endOfTheirs(first, others) };
}

/** How many records were caught up is counted over all projects. */
function uncounted<End extends IncidentEnd>(end: End): End {
  if (end.how !== 'recovered') return end;
  const { changes: _ofAll, ...rest } = end;
  return rest as End;
}

function withoutCounts(update: IncidentUpdate): IncidentUpdate {
  return update.is === 'recovered' ? { ...update, end: uncounted(update.end) } : update;
}

function endOfTheirs(first: LeftProject, others: readonly LeftProject[]): IncidentEnd {
  const last = others.reduce((latest, one) => (one.leftAt > latest.leftAt ? one : latest), first);
  return last.stopped
    ? { how: 'stopped', at: last.leftAt, why: 'project stopped' }
    : { how: 'recovered', at: last.leftAt };
}
