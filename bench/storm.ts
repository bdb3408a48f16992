/** How many messages an outage of ConnectWise makes, with hundreds of projects that fail by it. */
import { mongoIncidentStore } from '../adapters/mongodb/incident-store.ts';
import { type ReconcileDeps, reconcileIncidents } from '../src/app/alerts/reconcile-incidents.ts';
import { type TellIncidentsDeps, tellNextIncident } from '../src/app/alerts/tell-incidents.ts';
import type { ChatDelivery, Destination } from '../src/ports/chat.ts';
import { placeOf } from '../src/ports/incidents.ts';
import type { Reply } from '../src/ports/reply.ts';
import type { Engine } from '../test/support/engine-rig.ts';
import type { Bench } from './bench.ts';
import { startVirtualIntegration, type VirtualIntegration } from './support/virtual-integration.ts';

const projects = 500;
/** Some of what is generated is closed, and is not linked. */
const generated = 600;
const minute = 60_000;
const outageMinutes = 10;
const alertChannels = ['C1', 'C2'].map(
  (conversation) => ({ platform: 'slack', tenant: 'T1', conversation }) as const,
);

type Posted = { readonly place: string; readonly words: string; readonly inThread: boolean };

/** Counts what is posted, and takes it all. */
function countingChat(posted: Posted[]): Pick<ChatDelivery, 'send' | 'post'> {
  return {
    async post(to: Destination, { summary }: Reply, key: string, _again, thread) {
      posted.push({ place: placeOf(to), words: summary, inThread: thread !== undefined });
      return { result: 'sent', handle: { platform: 'slack', key } };
    },
    send: async (handle) => ({ result: 'sent', handle }),
  };
}

function alertsOf(
  { db, tenantId, time, stores, logger }: Engine,
  posted: Posted[],
): ReconcileDeps & TellIncidentsDeps {
  const nobody = async () => [];
  return {
    ...stores,
    tenantId,
    logger,
    incidents: mongoIncidentStore(db, tenantId, time.expression),
    // Its worker is alive all the while.
    liveness: { lastBeat: async () => ({ id: 'bench', at: time.now() }) },
    delivery: countingChat(posted),
    directory: { conversation: async () => undefined },
    links: {
      record: () => 'https://psa.example/',
      home: () => ({ url: 'https://psa.example/', label: 'psa' }),
    },
    roles: { holders: nobody },
    followers: {
      of: nobody,
      followersOf: nobody,
      followersOfMine: nobody,
      everyone: nobody,
      mine: async () => new Set(),
    },
  };
}

/** Every project is asked for, ConnectWise answers 503 for a while, and then it is back. */
async function outage({ engine, simulator }: VirtualIntegration, posted: Posted[]) {
  const { stores } = engine;
  const deps = alertsOf(engine, posted);
  const step = async (): Promise<void> => {
    await engine.pass(minute);
    await engine.probe();
    await reconcileIncidents(deps, async (now) => now);
    while (await tellNextIncident(deps, 'bench')) {
      // Until nothing is due.
    }
  };
  await step();
  const { tasks } = await stores.tasks.list({
    withDisabled: false,
    withArchived: false,
    offset: 0,
    limit: projects,
  });
  await simulator.control('POST', '/faults', { id: 'down', kind: 'status', status: 503 });
  for (const { id } of tasks) {
    await stores.tasks.trigger(id, { kinds: ['comprehensive'], prio: 1, forceNow: true });
  }
  for (let n = 0; n < outageMinutes; n += 1) await step();
  const during = [...posted];
  await simulator.control('DELETE', '/faults/down');
  for (let n = 0; n < outageMinutes; n += 1) await step();
  return { asked: tasks.length, during, after: posted.slice(during.length) };
}

export const storm: Bench = {
  name: 'storm',
  what: `${projects} projects that are to sync while ConnectWise answers 503 for ${outageMinutes} virtual minutes: messages of incidents in each channel, threads not counted`,
  unit: 'messages a channel',
  limit: { at: 'most', value: 1 },
  async measure() {
    const integration = await startVirtualIntegration(
      '--projects',
      String(generated),
      '--tickets',
      '1',
      '--notes',
      '0',
    );
    const { stores } = integration.engine;
    try {
      const { revision, ...read } = await stores.settings.read();
      await stores.settings.save({ ...read, alertChannels }, revision, { id: 'bench', name: 'bench' });
      const posted: Posted[] = [];
      const { asked, during, after } = await outage(integration, posted);
      const parents = posted.filter(({ inThread }) => !inThread);
      const each = alertChannels.map((to) => parents.filter(({ place }) => place === placeOf(to)).length);
      if (asked < projects || each.includes(0)) throw new Error(`${asked} projects, ${each.join(' and ')}`);
      const told = (some: readonly Posted[]) => some.map(({ words }) => words).join(' | ');
      return {
        value: Math.max(...each),
        details: [`during the outage: ${told(during)}`, `afterwards: ${told(after)}`],
      };
    } finally {
      await integration.stop();
    }
  },
};
