import type { Db } from 'mongodb';
import { personKey } from '../../src/domain/person.ts';
import type { FollowStore, FollowTarget } from '../../src/ports/people.ts';
import { isDuplicateKey } from './duplicate-key.ts';

type FollowDocument = {
  readonly _id: string;
  readonly tenantId: string;
  readonly person: string;
  /** Absent for whatever is theirs. */
  readonly projectId?: string;
};

export function mongoFollowStore(db: Db, tenantId: string): FollowStore {
  const follows = db.collection<FollowDocument>('follows');

  function documentOf(person: string, what: FollowTarget): FollowDocument {
    const target = what === 'mine' ? 'mine' : `project:${what.projectId}`;
    const projectId = what === 'mine' ? {} : { projectId: what.projectId };
    return { _id: `${tenantId}:${person}:${target}`, tenantId, person, ...projectId };
  }

  async function followers(filter: { readonly projectId: string | { readonly $exists: false } }) {
    const found = await follows
      .find({ tenantId, ...filter })
      .sort({ person: 1 })
      .toArray();
    return found.map(({ person }) => person);
  }

  return {
    async follow(person, what) {
      try {
        await follows.insertOne(documentOf(personKey(person), what));
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async unfollow(person, what) {
      const { _id } = documentOf(personKey(person), what);
      return (await follows.deleteOne({ _id })).deletedCount === 1;
    },
    async of(person) {
      const found = await follows
        .find({ tenantId, person: personKey(person) })
        .sort({ _id: 1 })
        .toArray();
      return found.map(({ projectId }) => (projectId === undefined ? 'mine' : { projectId }));
    },
    followersOf: (projectId) => followers({ projectId }),
    followersOfMine: () => followers({ projectId: { $exists: false } }),
    everyone: async () => (await follows.distinct('person', { tenantId })).toSorted(),
  };
}
