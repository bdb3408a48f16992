/** cwsync's entries under `/system/callbacks`. Others have theirs there, too: ours are known by their description. */
import { z } from 'zod';
import { FailureError } from '../../../src/domain/failure.ts';
import type { CallbackSubscription, CallbackSubscriptions } from '../../../src/ports/callbacks.ts';
import type { PsaCall } from '../../../src/ports/psa.ts';
import type { ConnectWiseClient } from '../client.ts';
import { RecordMissingError } from '../errors.ts';
import { kind } from '../kinds.ts';
import type { Ask, ConnectWiseTransport } from '../transport.ts';
import { callbackPath } from './receiver.ts';

const description = 'cwsync: tells it what changed';
const path = '/system/callbacks';
const entity = 'callback';
/** Of all records of the type, which ConnectWise calls those of the owner; the id is always the same one. */
const everything = { level: 'owner', objectId: 1 } as const;

const entrySchema = z.object({
  id: z.int32(),
  description: z.string().nullish(),
  type: z.string(),
  url: z.string(),
  inactiveFlag: z.boolean().nullish(),
  _info: z.object({ lastUpdated: z.iso.datetime().nullish() }).nullish(),
});
const entryKind = kind<typeof entrySchema, CallbackSubscription | undefined>(entity, entrySchema, (entry) =>
  entry.description === description
    ? {
        id: entry.id,
        type: entry.type.toLowerCase(),
        url: entry.url,
        inactive: entry.inactiveFlag ?? false,
        changedAt: entry._info?.lastUpdated ? new Date(entry._info.lastUpdated) : null,
      }
    : undefined,
);

/** ConnectWise writes the id of the record to the end of it. */
export function callbackUrl(publicUrl: string): string {
  return `${new URL(callbackPath, publicUrl).href}?recordId=`;
}

export function connectWiseSubscriptions(
  client: Pick<ConnectWiseClient, 'pages'>,
  transport: Pick<ConnectWiseTransport, 'request'>,
): CallbackSubscriptions {
  const callOf = (signal: AbortSignal): PsaCall => ({ signal, priority: 0 });

  async function send(ask: Omit<Ask, 'entity'>, signal: AbortSignal): Promise<void> {
    await transport.request({ ...ask, entity }, callOf(signal));
  }

  return {
    async list(signal) {
      const ours: CallbackSubscription[] = [];
      for await (const { items } of client.pages(entryKind, { path }, callOf(signal))) {
        ours.push(...items.filter((item) => item !== undefined));
      }
      return ours;
    },
    async register(type, url, signal) {
      const body = {
        description,
        url,
        type,
        ...everything,
        payloadVersion: '3.0.0',
        // What cwsync itself writes it knows already.
        isSelfSuppressedFlag: true,
      };
      try {
        await send({ method: 'POST', path, body }, signal);
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
    },
    async enable(id, signal) {
      const body = [{ op: 'replace', path: 'inactiveFlag', value: false }];
      await send({ method: 'PATCH', path: `${path}/${id}`, body }, signal);
    },
    async remove(id, signal) {
      try {
        await send({ method: 'DELETE', path: `${path}/${id}` }, signal);
      } catch (error) {
        if (!(error instanceof RecordMissingError)) throw error;
      }
    },
  };
}

/** Of a refused entry ConnectWise names this field where it has one like it. */
function isDuplicate(error: unknown): boolean {
  if (!(error instanceof FailureError)) return false;
  return error.failure.code === 'cw.rejected' && error.failure.field === 'objectId';
}
