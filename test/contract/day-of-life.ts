/** A day of people at work in the simulator, on a clock that is moved by hand, with the engine as it is scheduled. */
import type { Db } from 'mongodb';
import { tryAct } from '../../demo/connectwise/life/acts.ts';
import { nextActs } from '../../demo/connectwise/life/next-acts.ts';
import { createWorld } from '../../demo/connectwise/world/create-world.ts';
import { Random } from '../../demo/connectwise/world/random.ts';
import { health } from '../../src/domain/sync-task.ts';
import { engineSchedule, startEngineRig } from '../support/engine-rig.ts';
import { VirtualTime } from '../support/virtual-time.ts';
import { Check } from './inbound-check.ts';
import { readStored } from './inbound-oracle.ts';

const minute = 60_000;

export type Day = {
  readonly projects: number;
  readonly hours: number;
  readonly actsPerHourPerProject: number;
  /** Runs at the same time. */
  readonly lanes: number;
  /** Told after each virtual hour. */
  readonly onHour?: (line: string) => void;
};

/** Resolves with what it cost, in lines; rejects with the rule that is broken. */
export async function liveADay(db: Db, day: Day) {
  const began = performance.now();
  const time = new VirtualTime(new Date(Date.UTC(2026, 2, 2, 0)));
  const size = { seed: 11, projects: day.projects, tickets: 8, phases: 2, schedule: 4, time: 4, notes: 2 };
  const world = createWorld({ ...size, now: time.now(), clock: () => time.now() });
  const rig = await startEngineRig({ db }, { world, time });
  const workers = Array.from({ length: day.lanes }, (_, index) => rig.startWorker(`lane ${index}`));
  const random = new Random(5);
  let runs = 0;
  let acts = 0;
  let requests = 0;
  /** Whether anything waits, but for the look-outs that every minute brings. */
  async function somethingIsDue(): Promise<boolean> {
    const now = time.now();
    const due = { $or: [{ wakeAt: { $lte: now } }, { clockAt: { $lte: now } }] };
    const kinds = { kind: { $in: ['project', 'misc'] } };
    return (await db.collection('sync_tasks').findOne({ tenantId: rig.tenantId, ...kinds, ...due })) !== null;
  }

  let actsSeen = 0;
  /** A minute in which nobody did anything and nothing is due is left out: its look-out would show nothing. */
  async function oneMinute(): Promise<void> {
    time.advance(minute);
    const quiet = acts === actsSeen && !(await somethingIsDue());
    actsSeen = acts;
    if (quiet) return;
    await rig.stores.tasks.tick(engineSchedule);
    const done = await Promise.all(workers.map((worker) => worker.runDue()));
    runs += done.reduce((sum, one) => sum + one, 0);
  }

  const sent = () => db.collection('api_requests').countDocuments({ tenantId: rig.tenantId });

  function act(): void {
    const pace = { actsPerHourPerProject: day.actsPerHourPerProject };
    acts += nextActs(random, world, minute, pace).filter((one) => tryAct(world, one)).length;
  }

  async function oneHour(what: string, living: boolean): Promise<void> {
    const [runsBefore, actsBefore] = [runs, acts];
    for (let passed = 0; passed < 60; passed += 1) {
      if (living) act();
      await oneMinute();
    }
    const all = await sent();
    day.onHour?.(`${what}: ${acts - actsBefore} acts, ${runs - runsBefore} runs, ${all - requests} requests`);
    requests = all;
  }

  const check = new Check({
    world,
    time,
    dateAheadMs: 0,
    planEdits: { explains: () => false, check: () => {} },
    credentials: rig.simulator.credentials,
    stored: () => readStored(db, rig.tenantId),
    requests: () => db.collection('api_requests').find({ tenantId: rig.tenantId }).toArray(),
    somebodyDied: () => false,
    spoken: () => JSON.stringify(rig.logger.lines),
  });
  try {
    await oneMinute();
    const imported = await sent();
    requests = imported;
    for (let hour = 1; hour <= day.hours; hour += 1) await oneHour(`hour ${hour}`, true);
    // An hour later all that was changed is there; what was deleted is, once each project was read as a whole.
    await oneHour('quiet hour', false);
    await check.afterDeltas();
    for (let hour = 2; hour <= 5; hour += 1) await oneHour(`quiet hour ${hour}`, false);
    // The last looks out for changes are over, and nothing more is due.
    await check.inTheEnd();
    const ids = (await readStored(db, rig.tenantId)).tasks
      .filter(({ kind }) => kind === 'project')
      .map(({ id }) => id);
    const { tasks, now } = await rig.stores.tasks.getMany(ids);
    const words = Map.groupBy(tasks, (task) => health(task, { now }).word);
    return {
      health: Object.fromEntries([...words].map(([word, of]) => [word, of.length])),
      acts,
      runs,
      requests: await sent(),
      imported,
      seconds: (performance.now() - began) / 1_000,
    };
  } finally {
    await rig.stop();
  }
}
