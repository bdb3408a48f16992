/** Ends a process or the database at the moment at which a process is at a certain point. */
import type { Moment } from '../support/wire-proxy.ts';
import type { Victim } from './cells.ts';
import { isAt, type Point } from './checkpoints.ts';
import { type Fleet, killNow } from './fleet.ts';

export type Strike = { readonly victim: Victim; readonly point: string; readonly moment: Moment };

/** Resolves when it has happened; a worker's point is looked for at all workers. */
export async function strikeAt(
  fleet: Fleet,
  { victim, point, moment }: Strike,
  at: 'bot' | 'worker',
): Promise<void> {
  const mongod = await fleet.server.livingPid();
  const struck = Promise.withResolvers<void>();
  for (const member of fleet.members.filter(({ name }) => (name === 'bot') === (at === 'bot'))) {
    member.proxy.watcher = (when, passing) => {
      if (when !== moment || !isAt(point as Point, passing)) return undefined;
      fleet.watch(undefined);
      if (victim === 'mongod') killNow(mongod);
      else member.killNow();
      struck.resolve();
      return 'cut';
    };
  }
  await struck.promise;
}
