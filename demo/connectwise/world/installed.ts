import type { Info } from './records.ts';
import { dayFrom } from './timestamps.ts';

const INSTALLED_BY = 'zadmin';

/** What an administrator made when the system was new. */
export function installed(now: Date): Info {
  const at = dayFrom(now, -900);
  return { lastUpdated: at, updatedBy: INSTALLED_BY, dateEntered: at, enteredBy: INSTALLED_BY };
}
