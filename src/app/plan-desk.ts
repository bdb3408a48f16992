/** What must be known to edit a plan: what can be chosen, what is refused, and when an edit reaches ConnectWise. */
import { memberStatus } from '../domain/member-status.ts';
import type { PlanRecord } from '../domain/plan.ts';
import type { PsaRef } from '../domain/psa-records.ts';
import { taskCategories } from '../domain/status-mapping.ts';
import { type SyncTask, syncStatus } from '../domain/sync-task.ts';
import type { ReferenceRow } from '../ports/reference-data.ts';
import type { Text } from '../ports/reply.ts';
import type { CommandDeps } from './commands/command.ts';
import { text, timeOfDay } from './replies/parts.ts';
import { boardOf, openOutbound } from './sync/push/outbound.ts';

export type PlanDesk = {
  /** The categories that have a status to write, with that status. */
  readonly statuses: readonly { readonly category: string; readonly status: PsaRef }[];
  /** Active ones, the project's team first, then by name. */
  readonly members: readonly PsaRef[];
  /** In plan order. */
  readonly phases: readonly PlanRecord[];
};

/** @param record whose own board counts; that of the project where it has none yet */
export async function planDesk(
  deps: CommandDeps,
  { projectId, link }: SyncTask,
  record?: PlanRecord,
): Promise<PlanDesk> {
  const [outbound, settings, rows, phases] = await Promise.all([
    openOutbound(deps, { projectId }),
    deps.settings.read(),
    deps.reference.rows('member'),
    deps.planner.phases(projectId),
  ]);
  const board = (record && boardOf(record)) ?? link.boardId ?? null;
  const of = record?.kind === 'project' ? 'projects' : board;
  const statusFor = (category: string) => (of === null ? undefined : outbound.statusFor(of, category));
  const active = rows.filter((row) => !row.gone && memberStatus(row, settings) === 'active');
  const isOnTeam = ({ id }: PsaRef) => outbound.team.has(id);
  const members = active
    .map(memberRef)
    .toSorted(
      (a, b) => Number(isOnTeam(b)) - Number(isOnTeam(a)) || (a.name ?? '').localeCompare(b.name ?? ''),
    );
  return {
    statuses: taskCategories.flatMap((category) => {
      const status = statusFor(category);
      return status ? [{ category, status }] : [];
    }),
    members,
    phases,
  };
}

function memberRef({ id, name, identifier }: ReferenceRow): PsaRef {
  return { id, name: name ?? identifier ?? `#${id}` };
}

/** When what was just saved reaches ConnectWise. */
export async function whenWritten(deps: CommandDeps, taskId: string): Promise<Text> {
  const [seen, settings, gate] = await Promise.all([
    deps.tasks.get(taskId),
    deps.settings.read(),
    deps.gate.read(),
  ]);
  if (!settings.writeToConnectWise) {
    return [
      text('It stays in the plan until Write to ConnectWise is on; an admin turns that on in the settings.'),
    ];
  }
  if (seen?.task.link.state !== 'active') {
    return [
      text(`The project is ${seen?.task.link.state ?? 'not linked'}: it stays in the plan while that is so.`),
    ];
  }
  if (!gate.enabled) {
    return [text('The integration is disabled: it goes to ConnectWise once that is enabled again.')];
  }
  const status = syncStatus(seen.task, seen.now);
  switch (status.word) {
    case 'Requested':
      return [text('It goes to ConnectWise with the next sync, at '), timeOfDay(status.startsAt), text('.')];
    case 'In Queue':
      return [text('It goes to ConnectWise with the next sync, which is in line now.')];
    case 'Syncing':
      return [text('It goes to ConnectWise with the next sync, after the one that runs now.')];
    case 'Idle':
      return [text('It goes to ConnectWise with the next sync.')];
  }
}
