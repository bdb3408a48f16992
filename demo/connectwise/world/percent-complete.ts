import type { Board, Phase, Project, ProjectTicket } from './records.ts';

export type Progress = {
  readonly project: Project;
  readonly tickets: readonly ProjectTicket[];
  readonly phases: readonly Phase[];
  /** Ids of the phase statuses that mean closed. */
  readonly closedPhaseStatuses: ReadonlySet<number>;
};

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(1, part / whole);
}

/** How far a project is by the rule of its board, from 0 to 1; null where people say so themselves. */
export function shareDone(rule: Board['percentageCalculation'], progress: Progress): number | null {
  const { project, tickets, phases, closedPhaseStatuses } = progress;
  switch (rule) {
    case 'ClosedTickets':
      return share(tickets.filter(({ closedFlag }) => closedFlag).length, tickets.length);
    case 'ClosedPhases':
      return share(phases.filter(({ status }) => closedPhaseStatuses.has(status.id)).length, phases.length);
    case 'ActualHours':
      return share(project.actualHours, project.budgetHours ?? 0);
    default:
      return null;
  }
}
