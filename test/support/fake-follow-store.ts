import { type Person, personKey } from '../../src/domain/person.ts';
import type { FollowStore, FollowTarget } from '../../src/ports/people.ts';

/** Who follows what, in memory; bound to the same contract as the real store. */
export class FakeFollowStore implements FollowStore {
  readonly #follows = new Map<string, { readonly person: string; readonly what: FollowTarget }>();

  async follow(person: Person, what: FollowTarget): Promise<boolean> {
    const key = keyOf(person, what);
    if (this.#follows.has(key)) return false;
    this.#follows.set(key, { person: personKey(person), what });
    return true;
  }

  async unfollow(person: Person, what: FollowTarget): Promise<boolean> {
    return this.#follows.delete(keyOf(person, what));
  }

  async of(person: Person): Promise<readonly FollowTarget[]> {
    const mine = [...this.#follows].filter(([, follow]) => follow.person === personKey(person));
    return mine.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { what }]) => what);
  }

  async followersOf(projectId: string): Promise<readonly string[]> {
    return this.#people((what) => what !== 'mine' && what.projectId === projectId);
  }

  async followersOfMine(): Promise<readonly string[]> {
    return this.#people((what) => what === 'mine');
  }

  async everyone(): Promise<readonly string[]> {
    return [...new Set(this.#people(() => true))];
  }

  #people(wanted: (what: FollowTarget) => boolean): readonly string[] {
    return [...this.#follows.values()]
      .filter(({ what }) => wanted(what))
      .map(({ person }) => person)
      .toSorted();
  }
}

function keyOf(person: Person, what: FollowTarget): string {
  return `${personKey(person)}:${what === 'mine' ? 'mine' : `project:${what.projectId}`}`;
}
