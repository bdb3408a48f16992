/** Sync Status and health as the database derives them: the same rules as in src/domain/sync-task.ts. */
import { and, type Expression, isState, isThere, not, or, when } from './sync-task-expressions.ts';

export function statusWord(now: Expression): Expression {
  const due: Expression = { $lte: ['$wakeAt', now] };
  return when(
    or(isState('idle'), not(isThere('$wakeAt'))),
    'Idle',
    when(due, 'In Queue', when(isState('requested'), 'Requested', 'Syncing')),
  );
}

/** Of the project alone: whether the whole integration is switched off is no word of this. */
export function healthWord(now: Expression): Expression {
  const linkIs = (state: string): Expression => ({ $eq: ['$link.state', state] });
  const late = and(isThere('$lateAt'), { $lt: ['$lateAt', now] });
  const branches: readonly (readonly [Expression, string])[] = [
    [linkIs('disconnected'), 'Disconnected'],
    [linkIs('archived'), 'Archived'],
    [linkIs('disabled'), 'Disabled'],
    [isThere('$needsAttention'), 'Needs attention'],
    [isThere('$failure'), 'Retrying'],
    [not(isThere('$lastSync')), 'First import'],
    [late, 'Late'],
  ];
  return branches.reduceRight<Expression>((rest, [test, word]) => when(test, word, rest), 'Healthy');
}
