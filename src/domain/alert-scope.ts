/** What an alert channel is told of: by severity, by board, by project. */
import { type FailureRule, failureRules } from './failure.ts';
import type { IncidentProject, Problem } from './incident.ts';

/** `warning` heals by itself, or may; an `error` a person must mend. */
export type Severity = 'warning' | 'error';

/** What is absent narrows nothing. */
export type AlertScope = {
  readonly min?: Severity;
  /** Ids of boards. */
  readonly boards?: readonly number[];
  /** Id of a plan project. */
  readonly project?: string;
};

export function severityOf({ cause }: Pick<Problem, 'cause'>): Severity {
  if (cause.is !== 'failure') return 'warning';
  const { heals, scope }: FailureRule = failureRules[cause.failure.code];
  // What stops everything is for the operator, though it may come back by itself.
  return heals === 'no' || scope === 'all' ? 'error' : 'warning';
}

/** Whether this is about what the channel was chosen for, however bad it is. */
export function isAbout(
  scope: AlertScope,
  problem: Pick<Problem, 'scope' | 'projects' | 'ownTask'>,
): boolean {
  const isWhole = problem.scope !== 'project' && problem.scope !== 'entity kind';
  if (isWhole || problem.ownTask) return true;
  return problem.projects.some((project) => coversProject(scope, project));
}

export function covers(scope: AlertScope, problem: Problem): boolean {
  return (scope.min !== 'error' || severityOf(problem) === 'error') && isAbout(scope, problem);
}

/** A project of which nobody knows the board yet counts: told too much is better than not at all. */
export function coversProject(
  { boards, project }: AlertScope,
  { projectId, boardId }: Pick<IncidentProject, 'projectId' | 'boardId'>,
): boolean {
  if (project !== undefined && project !== projectId) return false;
  if (boards === undefined || boardId === undefined) return true;
  return boardId !== null && boards.includes(boardId);
}
