/** The worker, and the database under it, ended at every point at which a run touches anything outside of itself. */
import { afterAll, beforeAll, expect } from 'vitest';
import { imported } from '../support/product-rig.ts';
import type { Moment } from '../support/wire-proxy.ts';
import { BothSides, smallWorld } from './both-sides.ts';
import { cell } from './cell.ts';
import { killCellsOf, type Victim } from './cells.ts';
import { type WritePoint, writePoints } from './checkpoints.ts';
import { type Fleet, Server, startFleet, twoWayEnv } from './fleet.ts';
import { strikeAt } from './strike.ts';
import { StuckWatch } from './stuck-watch.ts';

let server: Server;
let fleet: Fleet;
let sides: BothSides;
let stuck: StuckWatch;
let count = 0;

beforeAll(async () => {
  server = await Server.start();
  fleet = await startFleet(server, {
    world: smallWorld(11),
    connectWiseAheadMs: () => sides?.aheadMs ?? 0,
    env: twoWayEnv,
    members: ['worker'],
  });
  await imported(fleet);
  sides = await BothSides.begin(fleet, { winner: 'connectwise', rule: 'delete' });
  stuck = new StuckWatch(fleet);
});
afterAll(async () => {
  stuck?.stop();
  await sides?.stop();
  await fleet?.stop();
  await server?.stop();
});

/** ConnectWise holds the request, or the answer to what is done: meanwhile whoever sent it is ended. */
async function strikeAtWrite(point: WritePoint, when: Moment): Promise<void> {
  const spec = { id: 'held', kind: 'slow', delayMs: 1_000, method: writePoints[point], when, times: 1 };
  await fleet.control('POST', '/faults', spec);
  const struck = Promise.withResolvers<void>();
  const look = setInterval(async () => {
    const faults = (await fleet.control('GET', '/faults')) as readonly { id: string; hits: number }[];
    if (!faults.some(({ id, hits }) => id === 'held' && hits > 0)) return;
    clearInterval(look);
    fleet.member('worker').killNow();
    struck.resolve();
  }, 20);
  await struck.promise;
}

const isWrite = (point: string): point is WritePoint => point in writePoints;

async function struck(victim: Victim, point: string, moment: Moment): Promise<void> {
  if (isWrite(point)) return await strikeAtWrite(point, moment);
  return await strikeAt(fleet, { point, moment, victim }, 'worker');
}

for (const { id, kill } of killCellsOf('worker-checkpoints.test.ts')) {
  cell(id, async () => {
    const { victim, point, moment } = kill;
    count += 1;
    const strike = struck(victim, point, moment);
    await sides.editAll(count);
    await strike;
    stuck.down();
    // What was sent and not answered is looked for two minutes later, by ConnectWise's clock.
    sides.timePasses();
    if (victim === 'worker') {
      await fleet.member('worker').killed();
      fleet.member('worker').start();
    }
    await fleet.up();
    stuck.up(stuck.downs);
    await sides.equalAgain();
    expect(stuck.stuck).toEqual([]);
  });
}
