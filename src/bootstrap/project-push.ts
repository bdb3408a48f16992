/** What the command `push` needs of ConnectWise, from the half of the product that talks with people. */
import type { ProjectPush } from '../app/commands/command.ts';
import { type PushDeps, pushProject } from '../app/sync/push-project.ts';
import type { Clock } from '../ports/clock.ts';
import { answersInTime } from './answers-in-time.ts';

export function projectPush(deps: PushDeps & { readonly clock: Clock }): ProjectPush {
  const inTime = answersInTime(deps.clock);
  return { push: (record, by) => inTime((call) => pushProject(deps, record, by, call)) };
}
