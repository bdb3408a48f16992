import { type Person, personKey } from '../../src/domain/person.ts';
import { mayDo, type Role } from '../../src/domain/roles.ts';
import type { RoleChange, RoleStore } from '../../src/ports/people.ts';

/** Roles in memory; bound to the same contract as the real store. */
export class FakeRoleStore implements RoleStore {
  readonly #roles: Map<string, Role>;

  constructor(given: { readonly [key: string]: Role } = {}) {
    this.#roles = new Map(Object.entries(given));
  }

  async roleOf(person: Person): Promise<Role | undefined> {
    return this.#roles.get(personKey(person));
  }

  async holders(role: Role): Promise<readonly string[]> {
    return [...this.#roles]
      .filter(([, held]) => mayDo(held, role))
      .map(([key]) => key)
      .toSorted();
  }

  async seedAdmins(keys: readonly string[]): Promise<boolean> {
    if (this.#roles.size > 0) return false;
    for (const key of keys) this.#roles.set(key, 'admin');
    return true;
  }

  async all() {
    return [...this.#roles]
      .map(([key, role]) => ({ key, role }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  grant(key: string, role: Role): Promise<RoleChange> {
    return this.#change(key, role);
  }

  revoke(key: string): Promise<RoleChange> {
    return this.#change(key, undefined);
  }

  async #change(key: string, role: Role | undefined): Promise<RoleChange> {
    const before = this.#roles.get(key);
    if (before === role) return { result: 'unchanged', before };
    const another = [...this.#roles].some(([other, held]) => other !== key && held === 'admin');
    if (before === 'admin' && !another) return { result: 'last-admin' };
    if (role === undefined) this.#roles.delete(key);
    else this.#roles.set(key, role);
    return { result: 'changed', before };
  }
}
