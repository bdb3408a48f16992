/**
 * Who types in a terminal. Whoever can read the settings of cwsync, keys and all, may do everything that cwsync can:
 * so they are an admin here, and here only. No role is kept for them, and none can be given to them.
 */
import os from 'node:os';
import type { Person } from '../domain/person.ts';
import type { RoleStore } from '../ports/people.ts';

export function terminalPerson(): Person {
  const user = userName();
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { platform: 'terminal', tenant: plain(os.hostname()), userId: plain(user), name: user, timeZone };
}

/** In a container the user may have a number and no name. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Fit for a key. */
function plain(word: string): string {
  return word.replace(/[^\w.-]+/gu, '-') || 'unknown';
}

export function rolesInTerminal(roles: RoleStore): RoleStore {
  return {
    ...roles,
    roleOf: async (person) => (person.platform === 'terminal' ? 'admin' : await roles.roleOf(person)),
  };
}
