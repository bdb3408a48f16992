/**
 * Walks what is not known about ConnectWise ("To be checked on a real tenant") against the configured one. Only GETs
 * are sent, and only counts, types, lengths and flags are told: what is found can be shown to anybody.
 */
import { FailureError } from '../../src/domain/failure.ts';
import type { ProbeItem, Seen } from './probe-item.ts';
import { lookAt, type ProbeParts } from './probe-look.ts';
import { recordItems } from './probe-records.ts';
import { wireItems } from './probe-wire.ts';
import { writeItems } from './probe-writes.ts';
import type { ConnectWiseSettings } from './transport.ts';

export type Finding = Seen & Pick<ProbeItem, 'item' | 'settles' | 'matters' | 'how'>;

export const probeItems: readonly ProbeItem[] = [...recordItems, ...wireItems, ...writeItems];

/**
 * One finding after the other. One that cannot be had says so and keeps none of the others from being looked at.
 * @throws FailureError where ConnectWise cannot be reached or refuses the keys, TypeError for an impossible address
 */
export async function* probeConnectWise(
  settings: ConnectWiseSettings,
  parts: ProbeParts,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const look = lookAt(settings, parts, signal);
  const first = await look('/system/info', {});
  if (first.status === undefined) throw new FailureError({ code: 'cw.unavailable' });
  for (const { look: lookFor, ...item } of probeItems) {
    yield { ...item, ...(lookFor ? await lookFor(look) : { seen: [] }) };
  }
}
