/** The way in: what may be read at all, and whose token it carries. */
import { ActivityTypes, INVOKE_RESPONSE_KEY, type TurnContext } from 'botbuilder';
import express, { type Application, type NextFunction, type Request, type Response } from 'express';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { openDoor } from '../http/doors.ts';
import type { TeamsAdapter } from './bot-adapter.ts';
import type { InvokeAnswer } from './invokes.ts';
import { type Activity, activitySchema } from './payloads.ts';

export const messagesPath = '/api/messages';

export type EntranceOptions = {
  readonly adapter: TeamsAdapter;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  readonly metrics?: Pick<Metrics, 'acknowledged'> | undefined;
  /** In the demo: nothing is signed, so only what comes from this machine is taken. */
  readonly anonymous: boolean;
  /** Never rejects. */
  readonly receive: (activity: Activity) => Promise<InvokeAnswer | undefined>;
};

/** Of a body. */
const mostBytes = 1_024 * 1_024;
/** What Microsoft signs: three parts, of which only the last tells whose it is. */
const tokenForm = /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/u;
const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

export function mountMessages(http: Application, options: EntranceOptions): void {
  const { logger, anonymous } = options;
  openDoor(http, {
    name: 'teams',
    path: messagesPath,
    methods: ['POST'],
    types: ['application/json'],
    mostBytes,
    mayBeOurs: ({ headers }) => anonymous || tokenForm.test(headers.authorization ?? ''),
    onlyOurs: true,
  });
  http.post(messagesPath, express.json({ limit: mostBytes, inflate: false }), async (request, response) => {
    const parsed = activitySchema.safeParse(request.body);
    if (!parsed.success) {
      logger.warn({ problems: problemsOf(parsed.error) }, 'an event of Teams could not be read');
      return say(response, 400, 'This is not an event of Teams.');
    }
    if (options.anonymous && !isLocal(request, parsed.data)) {
      logger.warn({}, 'an event that does not come from this machine is left alone');
      return say(response, 403, 'Only from this machine.');
    }
    await take(options, request, response, parsed.data);
  });
  http.use(messagesPath, (error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    // Its message quotes what was sent.
    const { status, type } = Object(error) as { readonly status?: unknown; readonly type?: unknown };
    logger.warn({ type }, 'an event of Teams could not be read');
    say(response, status === 413 || status === 415 ? status : 400, 'This is not an event of Teams.');
  });
}

const problemsOf = ({ issues }: { readonly issues: readonly { path: PropertyKey[]; code?: string }[] }) =>
  issues.map(({ path, code }) => `${path.join('.')}: ${code ?? ''}`);

function say(response: Response, status: number, words: string): void {
  response.status(status).type('text/plain').send(`${words}\n`);
}

/** A page in somebody's browser could name any host, and have answers sent anywhere. */
function isLocal({ hostname, headers }: Request, { serviceUrl }: Activity): boolean {
  const host = hostname.includes(':') ? `[${hostname.replace(/^\[|\]$/gu, '')}]` : hostname;
  return loopback.has(host) && loopback.has(new URL(serviceUrl).hostname) && headers.origin === undefined;
}

async function take(
  { adapter, clock, logger, metrics, receive }: EntranceOptions,
  request: Request,
  response: Response,
  activity: Activity,
): Promise<void> {
  const began = clock.monotonicMs();
  let taken = false;
  let answer: InvokeAnswer | undefined;
  async function logic(context: TurnContext): Promise<void> {
    taken = true;
    answer = await receive(activity);
    if (!answer) return;
    const value = { status: 200, body: answer };
    context.turnState.set(INVOKE_RESPONSE_KEY, { type: ActivityTypes.InvokeResponse, value });
  }
  response.once('close', () => {
    // What is nobody's event is not counted: anybody could send it.
    if (!taken) return;
    const how = response.writableFinished && response.statusCode < 300 ? 'done' : 'failed';
    metrics?.acknowledged({ platform: 'teams', how, durationMs: clock.monotonicMs() - began });
  });
  try {
    await adapter.accept(request.headers.authorization ?? '', request.body, logic);
    if (answer) response.status(200).json(answer);
    else response.status(200).end();
  } catch (error) {
    if (taken) {
      logger.error({ err: error }, 'an event of Teams could not be handled');
      return say(response, 500, 'This did not work.');
    }
    // Also where the keys cannot be fetched: nobody can tell then whose it is.
    logger.warn({ err: error }, 'an event without a good token of Teams was refused');
    say(response, 401, 'Not authorized.');
  }
}
