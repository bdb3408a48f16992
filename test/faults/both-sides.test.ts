/** A ConnectWise that lies, refuses, is off by its clock or gone for hours, while people edit on both sides. */

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { World } from '../../demo/connectwise/world/world.ts';
import { SimulatorControl } from '../contract/inbound-faults.ts';
import { differences, readStored } from '../contract/inbound-oracle.ts';
import { tryDeed } from '../contract/inbound-people.ts';
import { migratedDatabase } from '../contract/migrated-database.ts';
import { TwoWayPlanPeople } from '../contract/twoway-plan-people.ts';
import { type EngineRig, startEngineRig } from '../support/engine-rig.ts';
import { eventually, imported } from '../support/product-rig.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { BothSides, smallWorld } from './both-sides.ts';
import { cell } from './cell.ts';
import { type Fleet, Server, startFleet, twoWayEnv } from './fleet.ts';

const steppedClock = path.join(import.meta.dirname, '../support/processes/stepped-clock.ts');

describe('by real time', () => {
  let server: Server;
  let fleet: Fleet;
  let sides: BothSides;
  let clockFile: string;
  beforeAll(async () => {
    server = await Server.start();
    clockFile = path.join(server.dataFolder, 'clock-is-off-ms');
    await writeFile(clockFile, '0');
    fleet = await startFleet(server, {
      world: smallWorld(13),
      connectWiseAheadMs: () => sides?.aheadMs ?? 0,
      env: { ...twoWayEnv, NODE_OPTIONS: `--import=${steppedClock}`, CLOCK_IS_OFF_FILE: clockFile },
      members: ['worker'],
    });
    await imported(fleet);
    sides = await BothSides.begin(fleet, { winner: 'connectwise', rule: 'cancel' });
  });
  afterAll(async () => {
    await sides?.stop();
    await fleet?.stop();
    await server?.stop();
  });

  const logged = (words: RegExp) =>
    eventually(async () => {
      const found = await fleet.db.collection('integration_log').countDocuments({ message: words });
      if (found === 0) throw new Error(`no line says ${String(words)}`);
    }, 60_000);

  cell('lying', async () => {
    await fleet.control('PATCH', '/switches', { falseSuccess: ['tickets.summary'] });
    await sides.editAll(201);
    await logged(/accepted but not changed/u);
    await fleet.control('PATCH', '/switches', { falseSuccess: [] });
    await sides.readAll();
    await sides.equalAgain();
    expect(await sides.refused()).toEqual([]);
  });

  cell('refusing writes', async () => {
    await fleet.control('PUT', '/permissions', { entity: 'tickets', right: 'edit', allowed: false });
    await sides.editAll(202);
    await eventually(async () => {
      if ((await fleet.db.collection('api_requests').countDocuments({ status: 403 })) === 0)
        throw new Error('none');
    }, 60_000);
    await fleet.control('PUT', '/permissions', { entity: 'tickets', right: 'edit', allowed: true });
    await sides.readAll();
    await sides.equalAgain();
    expect(await sides.refused()).toEqual([]);
  });

  cell('clock of ConnectWise off', async () => {
    for (const clockSkewSeconds of [600, -600, 0]) {
      await fleet.control('PATCH', '/switches', { clockSkewSeconds });
      await sides.editAll(300 + clockSkewSeconds / 100);
      await sides.equalAgain();
    }
  });

  cell('clock of the worker steps', async () => {
    const lost = () => fleet.db.collection('integration_log').countDocuments({ action: 'taken up again' });
    const before = await lost();
    await fleet.control('PUT', '/latency', { ms: 100 });
    for (const [n, hours] of [2, -2, 0].entries()) {
      await sides.editAll(400 + n);
      await eventually(async () => {
        const syncing = { kind: 'project', state: 'syncing' };
        if ((await fleet.db.collection('sync_tasks').countDocuments(syncing)) === 0) throw new Error('idle');
      }, 60_000);
      await writeFile(clockFile, String(hours * 3_600_000));
      await sides.equalAgain();
    }
    await fleet.control('PUT', '/latency', { ms: 0 });
    expect(await lost()).toBe(before);
  });
});

describe('on a clock moved by hand', () => {
  const minute = 60_000;
  const hour = 60 * minute;

  cell('gone for hours', async () => {
    await using fresh = await migratedDatabase();
    const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 8)));
    const world = smallWorld(14, () => time.now());
    const settings = { boards: 'all', writeToConnectWise: true } as const;
    const rig = await startEngineRig(fresh, { world, time, settings, timeoutMs: 600 });
    try {
      await rig.pass(3 * minute);
      const control = new SimulatorControl(rig.simulator);
      const people = new TwoWayPlanPeople(rig, world, () => {});
      await control.fault({ kind: 'reset', when: 'before' });
      const before = await requestsOf(rig.simulator.url);
      let edits = 0;
      for (let quarter = 0; quarter < 20; quarter += 1) {
        edits += await editQuarter(people, world, quarter);
        await passMinutes(rig, 15);
      }
      const asked = (await requestsOf(rig.simulator.url)) - before;
      expect(edits).toBeGreaterThan(30);
      // A look or two each minute, by one process, and not a storm of retries.
      expect(asked).toBeLessThan(2 * 5 * (hour / minute));
      await control.endFaults();
      await passMinutes(rig, 20);
      const stored = await readStored(fresh.db, rig.tenantId);
      const projects = stored.tasks.filter(({ kind }) => kind === 'project');
      expect(projects).toHaveLength(3);
      expect(projects.flatMap((task) => differences(world, stored, task))).toEqual([]);
      // What our own writes asked for has a cool-down to wait for.
      await passMinutes(rig, 40);
      const { tasks } = await readStored(fresh.db, rig.tenantId);
      for (const { document } of tasks.filter(({ kind }) => kind === 'project'))
        expect(document).toMatchObject({ state: 'idle', want: document.done });
      const made = world.stores.tickets.rows().filter(({ _info }) => _info.enteredBy === 'cwsync-api');
      expect(made).toHaveLength(people.theirs.size);
    } finally {
      await rig.stop();
    }
  });

  async function passMinutes(rig: EngineRig, count: number): Promise<void> {
    for (let minutes = 0; minutes < count; minutes += 1) {
      await rig.pass(minute);
      await rig.probe();
    }
  }

  /** Returns how many edits that were. */
  async function editQuarter(people: TwoWayPlanPeople, world: World, n: number): Promise<number> {
    const done = [
      tryDeed(world, n % 2 === 0 ? 'edit ticket' : 'add ticket', { pick: n, value: 6 * n }),
      await people.edit({ pick: n, value: 6 * n }),
      n % 4 === 0 ? await people.createTask({ pick: n, value: n }) : undefined,
    ];
    return done.filter((one) => one !== undefined).length;
  }

  async function requestsOf(url: string): Promise<number> {
    const response = await fetch(`${url}/_control/requests/count`);
    return ((await response.json()) as { count: number }).count;
  }
});
