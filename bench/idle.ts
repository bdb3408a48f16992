/** What the product costs while nobody does anything. */
import { systemClock } from '../src/bootstrap/system.ts';
import type { Bench, Figure } from './bench.ts';
import type { Integration } from './support/integration.ts';
import { type ProductProcess, startBotAndWorker } from './support/processes.ts';
import { withSurroundings } from './support/whole-product.ts';

const projects = 20;
const port = 21_881;
/** Until the import is over and its garbage is collected by nobody's asking. */
const settleMs = 30_000;
const watchedMs = 60_000;

type Idle = { readonly memoryMb: number; readonly corePercent: number; readonly details: readonly string[] };

/** Also the notes of every ticket, which are read by and by. Projects that are closed in ConnectWise are not linked. */
async function allSynced({ database, synced, tenantId }: Integration): Promise<number> {
  await synced(`${tenantId}:misc`);
  const tasks = database.db.collection('sync_tasks');
  const linked = { kind: 'project' };
  const unread = { deletedAt: null, notesReadAt: { $exists: false } };
  while (
    (await tasks.countDocuments({ ...linked, lastSync: { $exists: false } })) > 0 ||
    (await database.db.collection('plan_tasks').countDocuments(unread)) > 0
  ) {
    await systemClock.sleep(500);
  }
  return await tasks.countDocuments(linked);
}

async function watched(product: ProductProcess, linked: number): Promise<Idle> {
  await systemClock.sleep(settleMs);
  const before = await product.cpuSeconds();
  const since = performance.now();
  await systemClock.sleep(watchedMs);
  const seconds = (performance.now() - since) / 1_000;
  const used = (await product.cpuSeconds()) - before;
  const memoryMb = (await product.memory()) / 1_048_576;
  const corePercent = (used / seconds) * 100;
  return {
    memoryMb,
    corePercent,
    details: [
      `${linked} linked projects, every schedule as by default, watched for ${Math.round(seconds)} s`,
      `processor: ${used.toFixed(2)} s, ${corePercent.toFixed(2)} % of a core; resident: ${memoryMb.toFixed(0)} MB, at most ${((await product.peakMemory()) / 1_048_576).toFixed(0)} MB since the start`,
    ],
  };
}

let taken: Promise<Idle> | undefined;

/** Both figures are of the same minute. */
function idle(): Promise<Idle> {
  taken ??= withSurroundings(['--projects', String(projects), '--tickets', '5'], async (integration, env) => {
    const product = await startBotAndWorker({ ...env, PORT: String(port) });
    try {
      return await watched(product, await allSynced(integration));
    } finally {
      await product.stop();
    }
  });
  return taken;
}

function figure(of: (measured: Idle) => number): () => Promise<Figure> {
  return async () => {
    const measured = await idle();
    return { value: of(measured), details: measured.details };
  };
}

export const idleMemory: Bench = {
  name: 'idle-memory',
  what: 'resident memory of bot and worker together while nothing happens, without MongoDB',
  unit: 'MB',
  limit: { at: 'most', value: 250 },
  measure: figure(({ memoryMb }) => memoryMb),
};

export const idleCpu: Bench = {
  name: 'idle-cpu',
  what: 'processor time of bot and worker together while nothing happens',
  unit: '% of a core',
  limit: { at: 'most', value: 1 },
  measure: figure(({ corePercent }) => corePercent),
};
