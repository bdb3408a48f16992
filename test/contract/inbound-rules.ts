/** What must hold of inbound sync, by name. */
export type Rule =
  | 'the plan shows what ConnectWise shows'
  | 'changes come with the next delta'
  | 'nothing lives that ConnectWise does not have'
  | 'each record is paired once'
  | 'only what is gone is deleted'
  | 'a deletion is told'
  | 'a move is told'
  | 'an overwritten edit is told with both values'
  | 'a task outside its phase is told'
  | 'unusually many deletions wait for a person'
  | 'few deletions wait for nobody'
  | 'quiet once nothing changes'
  | 'nothing but reading is asked of ConnectWise'
  | 'at rest in the end'
  | 'watermarks stay behind the clock of ConnectWise'
  | 'a stale run writes nothing'
  | 'no key in any log';

export class Broken extends Error {
  readonly rule: Rule;
  constructor(rule: Rule, detail: string) {
    super(`${rule}: ${detail}`);
    this.name = 'Broken';
    this.rule = rule;
  }
}

export function must(rule: Rule, holds: boolean, detail: string): void {
  if (!holds) throw new Broken(rule, detail);
}
