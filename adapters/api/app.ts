/** The planner's HTTP API: what may be asked for under `/api/v1`. */
import { type Application, type NextFunction, type Request, type Response, Router } from 'express';
import type { PlannerDoor } from '../../src/ports/planner-door.ts';
import { openDoor, type Refusal } from '../http/doors.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import { answerOf, type ExchangeOptions, exchanges, type Serve, send } from './exchange.ts';
import { openApi } from './openapi.ts';
import { apiPath, changeOne, createOne, deleteOne, listRecords, readOne } from './plan-handlers.ts';
import { Problem } from './problems.ts';
import { mappingsPath, openApiPath, type PlanResource, planResources, tableResources } from './routes.ts';
import { changeMember, listMappings, listRows, readRow } from './table-handlers.ts';

export type PlannerApiOptions = Pick<ExchangeOptions, 'clock' | 'logger' | 'toFailure'> & {
  readonly door: PlannerDoor;
  readonly limits?: Partial<RateLimit & { readonly answerWithinMs: number }>;
};

/** Requests of one token, and the milliseconds after which an answer is given up. */
export const defaultLimits = { perSecond: 20, burst: 40, answerWithinMs: 10_000 } as const;

export function mountPlannerApi(http: Application, options: PlannerApiOptions): void {
  const { door } = options;
  const { serve, isKnown } = exchanges({ ...options, limits: { ...defaultLimits, ...options.limits } });
  openDoor(http, { name: 'api', path: apiPath, below: true, mayBeOurs: isKnown, refuse: refuseStranger });
  const api = Router({ caseSensitive: true });
  const document = openApi();
  // Without a token: it says what may be asked, and nothing of what is there.
  api.get(`/${openApiPath}`, (_request, response) => send(response, { status: 200, body: document }));
  onlyThese(api, serve, `/${openApiPath}`, ['GET']);
  for (const [path, resource] of Object.entries(planResources)) mountPlan(api, serve, door, path, resource);
  for (const [path, table] of Object.entries(tableResources)) {
    api.get(
      `/${path}`,
      serve((asked) => listRows(door, table, asked)),
    );
    onlyThese(api, serve, `/${path}`, ['GET']);
    api.get(
      `/${path}/:id`,
      serve((asked) => readRow(door, table, asked)),
    );
    const isMember = table === 'member';
    const needs = { role: 'admin', body: true } as const;
    if (isMember)
      api.patch(
        `/${path}/:id`,
        serve((asked) => changeMember(door, asked), needs),
      );
    onlyThese(api, serve, `/${path}/:id`, isMember ? ['GET', 'PATCH'] : ['GET']);
  }
  api.get(
    `/${mappingsPath}`,
    serve(() => listMappings(door)),
  );
  onlyThese(api, serve, `/${mappingsPath}`, ['GET']);
  api.use(
    serve(() => {
      throw new Problem('not-found');
    }),
  );
  api.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    send(response, answerOf(error, options));
  });
  http.use(apiPath, api);
}

/** Its methods, types and sizes are judged once it is known who asks. */
function refuseStranger(response: Response, { headers }: Refusal): void {
  send(response, new Problem('too-many-refused', undefined, { headers }).answer);
}

function mountPlan(
  api: Router,
  serve: Serve,
  door: PlannerDoor,
  path: string,
  { kind, creates, changes, deletes }: PlanResource,
): void {
  const write = { role: 'operator', body: true } as const;
  api.get(
    `/${path}`,
    serve((asked) => listRecords(door, kind, asked)),
  );
  if (creates)
    api.post(
      `/${path}`,
      serve((asked) => createOne(door, { path, kind: creates }, asked), write),
    );
  onlyThese(api, serve, `/${path}`, creates ? ['GET', 'POST'] : ['GET']);
  api.get(
    `/${path}/:id`,
    serve((asked) => readOne(door, kind, asked)),
  );
  if (changes)
    api.patch(
      `/${path}/:id`,
      serve((asked) => changeOne(door, changes, asked), write),
    );
  if (deletes)
    api.delete(
      `/${path}/:id`,
      serve((asked) => deleteOne(door, deletes, asked), { role: 'operator' }),
    );
  onlyThese(api, serve, `/${path}/:id`, [
    'GET',
    ...(changes ? ['PATCH'] : []),
    ...(deletes ? ['DELETE'] : []),
  ]);
}

/** Every other method there is refused with those that are allowed. */
function onlyThese(api: Router, serve: Serve, path: string, methods: readonly string[]): void {
  const allow = ['HEAD', ...methods].toSorted().join(', ');
  api.all(
    path,
    serve(() => {
      throw new Problem('method-not-allowed', `Allowed here: ${allow}.`, { headers: { allow } });
    }),
  );
}
