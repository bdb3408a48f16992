import type { Person } from '../domain/person.ts';
import type { MessageHandle } from './chat.ts';

/** Somebody's standing page. */
export type Home = {
  readonly person: Person;
  /** By which it is published anew. */
  readonly handle: MessageHandle;
};

/** What each person last narrowed their standing page by, and who looks at it at present. */
export type HomeStore = {
  /** The words of the filter that was kept, as typed behind the command; undefined where none was. */
  filterOf(key: string): Promise<string | undefined>;
  keepFilter(key: string, filter: string): Promise<void>;
  /** Somebody looks at their page: it is kept up to date for a while, from so many milliseconds on. */
  looked(home: Home, dueInMs: number): Promise<void>;
  /**
   * Takes one page that is due and that somebody looked at within `lookedWithinMs`; it is due again after
   * `againInMs`. Undefined where there is none. By the database server's clock.
   */
  takeDue(lookedWithinMs: number, againInMs: number): Promise<Home | undefined>;
};
