import { z } from 'zod';
import { jsonReply, type Reply } from '../api/errors.ts';
import { callbackRoutes } from '../callbacks/routes.ts';
import { Refusal } from '../world/refusal.ts';
import { changeRoutes } from './change-routes.ts';
import { knobRoutes } from './knob-routes.ts';
import { plantRoutes } from './plant-routes.ts';
import type { ControlRoute } from './route.ts';
import type { SimulatorState } from './simulator-state.ts';
import { viewRoutes } from './view-routes.ts';

export type ControlRequest = {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
};

function readJson(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal('invalid', 'the body is not JSON');
  }
}

function refused(status: number, reason: string): Reply {
  return jsonReply(status, { error: reason });
}

function reasonOf(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
    .join('; ');
}

function find(routes: readonly ControlRoute[], request: ControlRequest) {
  const path = request.url.pathname.slice('/_control'.length);
  const here = routes.flatMap((route) => {
    const match = route.path.exec(path);
    return match ? [{ route, id: match[1] === undefined ? '' : decodeURIComponent(match[1]) }] : [];
  });
  return { here, hit: here.find(({ route }) => route.method === request.method) };
}

/** Answers one request to `/_control/...`: what is refused says why, as `{error}`. */
export function answerControl(state: SimulatorState, request: ControlRequest): Reply {
  const { here, hit } = find(
    [...knobRoutes, ...callbackRoutes, ...changeRoutes, ...plantRoutes, ...viewRoutes],
    request,
  );
  if (!hit) {
    return here.length > 0
      ? refused(405, `${request.method} is not possible here`)
      : refused(404, 'there is no such control');
  }
  try {
    const result = hit.route.run(state, {
      id: hit.id,
      query: request.url.searchParams,
      body: readJson(request.body),
    });
    return result === null
      ? { status: 204, headers: {}, body: '' }
      : jsonReply(hit.route.status ?? 200, result);
  } catch (error) {
    if (error instanceof Refusal) return refused(error.kind === 'missing' ? 404 : 400, error.message);
    if (error instanceof z.ZodError) return refused(400, reasonOf(error));
    throw error;
  }
}
