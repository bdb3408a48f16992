/** What must hold of a sync that writes in both directions, by name. */
export type TwoWayRule =
  | 'both sides are equal'
  | 'every record is on both sides'
  | 'each record is paired once'
  | 'no record is made twice'
  | 'only what somebody deleted is deleted'
  | 'what somebody deleted stays deleted'
  | 'an overwritten value is told'
  | 'an order of the plan is written'
  | 'quiet once nothing changes'
  | 'quiet within three syncs'
  | 'nothing is written while writing is off'
  | 'at rest in the end'
  | 'a stale run writes nothing';

export class TwoWayBroken extends Error {
  readonly rule: TwoWayRule;
  constructor(rule: TwoWayRule, detail: string) {
    super(`${rule}: ${detail}`);
    this.name = 'TwoWayBroken';
    this.rule = rule;
  }
}

export function mustHold(rule: TwoWayRule, holds: boolean, detail: string): void {
  if (!holds) throw new TwoWayBroken(rule, detail);
}
