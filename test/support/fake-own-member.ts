import type { OwnMember } from '../../src/ports/own-member.ts';

/** Who cwsync is in ConnectWise, in memory. */
export class FakeOwnMember implements OwnMember {
  identifier: string | null = null;

  async read() {
    return this.identifier;
  }

  async store(identifier: string): Promise<void> {
    this.identifier = identifier;
  }
}
