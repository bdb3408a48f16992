import type { IdentityStore } from '../../src/ports/people.ts';

/** Who is which member, in memory. */
export class FakeIdentities implements IdentityStore {
  readonly members = new Map<string, number>();

  async memberOf(key: string): Promise<number | undefined> {
    return this.members.get(key);
  }

  async set(key: string, memberId: number): Promise<void> {
    this.members.set(key, memberId);
  }
}
