import type { Person } from '../domain/person.ts';

/** Who was welcomed; kept for good. */
export type WelcomeStore = {
  /** True for the one who may welcome this person: once ever. */
  first(person: Person): Promise<boolean>;
  /** The welcome could not be delivered: somebody may try again. */
  forget(person: Person): Promise<void>;
};
