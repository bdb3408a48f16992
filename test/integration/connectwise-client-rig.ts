import { ConnectWiseClient } from '../../adapters/connectwise/client.ts';
import { LocalRequestBudget } from '../../adapters/connectwise/limiter.ts';
import { connectWisePsa } from '../../adapters/connectwise/psa.ts';
import { type ConnectWiseSettings, ConnectWiseTransport } from '../../adapters/connectwise/transport.ts';
import { connectWiseWrites } from '../../adapters/connectwise/writes.ts';
import { Redactor } from '../../adapters/http/redactor.ts';
import { type Failure, FailureError } from '../../src/domain/failure.ts';
import type { OwnMember } from '../../src/ports/own-member.ts';
import type { PsaCall } from '../../src/ports/psa.ts';
import type { RequestRecord } from '../../src/ports/request-log.ts';
import { FakeOwnMember } from '../support/fake-own-member.ts';
import { SkippingClock } from '../support/hand-clock.ts';

export const api = '/v4_6_release/apis/3.0';

export const keys = {
  companyId: 'acme',
  publicKey: 'pubKEY123456',
  privateKey: 'priv/KEY+654321',
  clientId: 'e7a1-guid-77',
};

export const noRoute = {
  status: 404,
  json: { code: 'ConnectWiseApi', message: 'The endpoint does not exist.' },
};

/** The client and the port over it, of the stand-in at `url`, on a clock that waits for nothing. */
export function connectTo(
  url: string,
  more: Partial<ConnectWiseSettings> = {},
  pageSize?: number,
  mayWrite: (() => Promise<boolean>) | null = async () => true,
  ownMember: OwnMember = new FakeOwnMember(),
) {
  const clock = new SkippingClock();
  const records: RequestRecord[] = [];
  const log = {
    record: async (entry: RequestRecord) => {
      records.push(entry);
    },
  };
  let made = 0;
  const ids = { next: () => `own-${++made}`, random: () => 0.5 };
  const budget = new LocalRequestBudget({ perSecond: 100, atOnce: 4, burst: 100, recoveryMs: 1_000 }, clock);
  const parts = { clock, ids, log, budget, redactor: new Redactor() };
  const transport = new ConnectWiseTransport(
    { url, ...keys, ...more },
    mayWrite === null ? parts : { ...parts, mayWrite },
  );
  const client = new ConnectWiseClient(transport, pageSize);
  return {
    clock,
    records,
    transport,
    client,
    psa: connectWisePsa(client),
    writes: connectWiseWrites(client, ownMember),
    budget,
  };
}

export function call(more: Partial<PsaCall> = {}): PsaCall {
  return { signal: new AbortController().signal, priority: 1, runId: 'run-1', projectId: 'plan-1', ...more };
}

export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const outcome = await promise.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  if (!(outcome instanceof FailureError)) throw new Error('not a FailureError', { cause: outcome });
  return outcome.failure;
}

export async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const page of pages) collected.push(page);
  return collected;
}
