/**
 * What turning on the writing to ConnectWise would do at once, over all active projects. It is asked for by somebody
 * who waits, so the work is bounded: where it was cut, the numbers are the least.
 */
import { type PlanKind, planKinds, planWords } from '../domain/plan.ts';
import type { Clock } from '../ports/clock.ts';
import type { SettingsStore } from '../ports/settings.ts';
import type { SyncTaskStore } from '../ports/sync-task-store.ts';
import { goesOutNow, type PreviewDeps, type PreviewedRecord, previewOf } from './preview.ts';
import { count } from './replies/parts.ts';
import { psaPlural } from './sync/log-entries.ts';

export type WriteOutlook = {
  readonly records: readonly PreviewedRecord[];
  /** How many projects have any of them. */
  readonly projects: number;
  /** Not everything was looked at. */
  readonly atLeast: boolean;
};

type OutlookDeps = PreviewDeps & {
  readonly tenantId: string;
  readonly tasks: Pick<SyncTaskStore, 'names'>;
  readonly settings: Pick<SettingsStore, 'read'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
};

/** No project is begun after so long, in milliseconds: the answer to a form is due in two seconds. */
const lookForMs = 1_000;
const projectsAtOnce = 4;
/** Of each kind and project. */
const recordsLookedAt = 100;

export async function writeOutlook(deps: OutlookDeps): Promise<WriteOutlook> {
  const began = deps.clock.monotonicMs();
  const [names, { planDeletionRule }] = await Promise.all([deps.tasks.names(), deps.settings.read()]);
  const waiting = names
    .filter(({ state }) => state === 'active')
    .map(({ taskId }) => taskId.slice(deps.tenantId.length + 1));
  const records: PreviewedRecord[] = [];
  let projects = 0;
  let cut = false;
  const isLate = () => deps.clock.monotonicMs() - began >= lookForMs;
  async function next(): Promise<void> {
    for (let projectId = waiting.shift(); projectId !== undefined; projectId = waiting.shift()) {
      const preview = await previewOf(deps, { projectId, board: null, planDeletionRule }, recordsLookedAt);
      const out = preview.records.filter(goesOutNow);
      if (out.length > 0) projects += 1;
      records.push(...out);
      cut ||= preview.more || (isLate() && waiting.length > 0);
      if (isLate()) return;
    }
  }
  await Promise.all(Array.from({ length: projectsAtOnce }, next));
  return { records, projects, atLeast: cut };
}

const doings = ['change', 'create', 'cancel', 'delete'] as const;

/** `would change at least 14 tickets and 1 phase and create 2 tickets, in 3 projects`. */
export function outlookWords({ records, projects, atLeast }: WriteOutlook): string {
  const least = atLeast ? 'at least ' : '';
  const parts = doings.flatMap((does) => {
    const kinds = planKinds.flatMap((kind) => kindCount(records, does, kind));
    return kinds.length === 0 ? [] : [`${does} ${least}${listed(kinds)}`];
  });
  if (parts.length > 0) return `would ${listed(parts)} in ${least}${count(projects, 'project')}`;
  return atLeast ? 'would change nothing of what was looked at in time' : 'would change nothing at once';
}

function kindCount(
  records: readonly PreviewedRecord[],
  does: (typeof doings)[number],
  kind: PlanKind,
): readonly string[] {
  const number = records.filter((one) => one.does === does && one.record.kind === kind).length;
  return number === 0 ? [] : [count(number, planWords[kind].psa, psaPlural(kind))];
}

function listed(parts: readonly string[]): string {
  return [parts.slice(0, -1).join(', '), ...parts.slice(-1)].filter((part) => part !== '').join(' and ');
}
