/** A change that the simulated tenant does not accept, with the reason in plain words. */
export class Refusal extends Error {
  readonly kind: 'missing' | 'invalid';

  constructor(kind: 'missing' | 'invalid', reason: string) {
    super(reason);
    this.name = 'Refusal';
    this.kind = kind;
  }
}
