/** What the Teams adapter talks to: the Bot Connector service, and the server with the keys that sign its events. */
import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';

export type Shown = {
  readonly conversation: string;
  readonly id: string;
  readonly activity: PostedActivity;
  /** How often it was edited. */
  readonly edits: number;
};

export type PostedActivity = {
  readonly text?: string;
  readonly summary?: string;
  readonly attachments?: readonly { readonly contentType: string; readonly content: object }[];
};

export type Fault = {
  readonly method: string;
  readonly path: RegExp;
  readonly status: number;
  readonly code?: string;
};

export type TeamsMember = {
  readonly id: string;
  readonly name: string;
  readonly aadObjectId: string;
  readonly tenantId: string;
  readonly userRole: string;
  readonly email?: string;
};

/** Records what the bot posts, and edits it when it is told to. */
export class TeamsService {
  readonly shown: Shown[] = [];
  readonly calls: { readonly method: string; readonly path: string; readonly authorization: string }[] = [];
  readonly members = new Map<string, TeamsMember>();
  readonly faults: Fault[] = [];
  /** Whether chats may be opened by the bot. */
  opens = true;
  /** Whether every page of members is followed by another. */
  moreMembers = false;
  readonly #server: Server;
  #posted = 0;

  private constructor() {
    const app = express();
    app.use(express.json({ limit: '1mb' }));
    app.use((request, response, next) => {
      const { method, path } = request;
      this.calls.push({ method, path, authorization: request.headers.authorization ?? '' });
      const fault = this.faults.find((one) => one.method === method && one.path.test(path));
      if (!fault) return next();
      response.status(fault.status).json({ error: { code: fault.code ?? 'Fault', message: 'planted' } });
    });
    app.post('/v3/conversations', (request, response) => {
      if (!this.opens) {
        response
          .status(403)
          .json({ error: { code: 'BotNotInConversationRoster', message: 'not installed' } });
        return;
      }
      response.status(201).json({ id: `a:${request.body.members[0].id}` });
    });
    app.post('/v3/conversations/:conversation/activities', (request, response) => {
      this.#posted += 1;
      const id = `m${this.#posted}`;
      const { conversation } = request.params;
      this.shown.push({ conversation, id, activity: request.body, edits: 0 });
      response.status(201).json({ id });
    });
    app.put('/v3/conversations/:conversation/activities/:id', (request, response) => {
      const at = this.shown.findIndex(({ id }) => id === request.params.id);
      const before = this.shown[at];
      if (!before) {
        response.status(404).json({ error: { code: 'ActivityNotFound', message: 'gone' } });
        return;
      }
      this.shown[at] = { ...before, activity: request.body, edits: before.edits + 1 };
      response.json({ id: before.id });
    });
    app.get('/v3/conversations/:conversation/pagedmembers', (_request, response) => {
      response.json({
        members: [...this.members.values()],
        ...(this.moreMembers ? { continuationToken: 'more' } : {}),
      });
    });
    app.get('/v3/conversations/:conversation/members/:id', (request, response) => {
      const found = [...this.members.values()].find(
        ({ id, aadObjectId }) => id === request.params.id || aadObjectId === request.params.id,
      );
      if (found) response.json(found);
      else
        response.status(404).json({ error: { code: 'MemberNotFoundInConversation', message: 'not here' } });
    });
    this.#server = createServer(app);
  }

  static async start(): Promise<TeamsService> {
    const service = new TeamsService();
    await listening(service.#server);
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  in(conversation: string): readonly Shown[] {
    return this.shown.filter((one) => one.conversation === conversation);
  }

  stop(): Promise<void> {
    return closed(this.#server);
  }
}

export type Claims = { readonly aud: string; readonly serviceurl: string; readonly iss?: string };

/** Signs as Microsoft does, and tells its keys. */
export class KeyServer {
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  readonly #foreign = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  readonly #server: Server;
  readonly #kid = randomUUID();
  asked = 0;

  private constructor() {
    this.#server = createServer((request: IncomingMessage, response) => {
      this.asked += 1;
      const jwk = {
        ...this.#keys.publicKey.export({ format: 'jwk' }),
        kid: this.#kid,
        endorsements: ['msteams'],
      };
      const metadata = { issuer: 'https://api.botframework.com', jwks_uri: `${this.origin}/keys` };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(request.url === '/keys' ? { keys: [jwk] } : metadata));
    });
  }

  static async start(): Promise<KeyServer> {
    const server = new KeyServer();
    await listening(server.#server);
    return server;
  }

  private get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.origin}/openid`;
  }

  token(claims: Claims, signedBy: 'us' | 'somebody else' = 'us'): string {
    const now = Math.floor(Date.now() / 1_000);
    const payload = {
      iss: 'https://api.botframework.com',
      iat: now,
      nbf: now - 60,
      exp: now + 600,
      ...claims,
    };
    const head = encoded({ alg: 'RS256', typ: 'JWT', kid: this.#kid });
    const { privateKey } = signedBy === 'us' ? this.#keys : this.#foreign;
    const key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const signature = sign('RSA-SHA256', Buffer.from(`${head}.${encoded(payload)}`), key);
    return `${head}.${encoded(payload)}.${signature.toString('base64url')}`;
  }

  stop(): Promise<void> {
    return closed(this.#server);
  }
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
