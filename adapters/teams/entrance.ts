/** The way in: what may be read at all, and whose token it carries. */
import { ActivityTypes, INVOKE_RESPONSE_KEY, type TurnContext } from 'botbuilder';
import express, { type Application, type NextFunction, type Request, type Response } from 'express';
import type { Logger } from '../../src/ports/logger.ts';
import type { TeamsAdapter } from './bot-adapter.ts';
import type { InvokeAnswer } from './invokes.ts';
import { type Activity, activitySchema } from './payloads.ts';

export const messagesPath = '/api/messages';

export type EntranceOptions = {
  readonly adapter: TeamsAdapter;
  readonly logger: Logger;
  /** In the demo: nothing is signed, so only what comes from this machine is taken. */
  readonly anonymous: boolean;
  /** Never rejects. */
  readonly receive: (activity: Activity) => Promise<InvokeAnswer | undefined>;
};

const bodyLimit = '1mb';
const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

export function mountMessages(http: Application, options: EntranceOptions): void {
  const { logger } = options;
  http.post(messagesPath, express.json({ limit: bodyLimit }), async (request, response) => {
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
  http.all(messagesPath, (_request, response) => say(response.set('allow', 'POST'), 405, 'Only POST.'));
  http.use(messagesPath, (error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    logger.warn({ err: error }, 'an event of Teams could not be read');
    say(response, 400, 'This is not an event of Teams.');
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
  { adapter, logger, receive }: EntranceOptions,
  request: Request,
  response: Response,
  activity: Activity,
): Promise<void> {
  let taken = false;
  let answer: InvokeAnswer | undefined;
  async function logic(context: TurnContext): Promise<void> {
    taken = true;
    answer = await receive(activity);
    if (!answer) return;
    const value = { status: 200, body: answer };
    context.turnState.set(INVOKE_RESPONSE_KEY, { type: ActivityTypes.InvokeResponse, value });
  }
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
