/** The container's files against what they speak of: settings, files, versions. Nothing here needs Docker. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { readConfig, settingNames } from '../../src/config.ts';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

const service = z.object({
  image: z.string(),
  build: z.literal('.').optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.array(z.string()).optional(),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  healthcheck: z.object({ disable: z.boolean().optional(), test: z.array(z.string()).optional() }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const compose = z
  .object({
    services: z.record(z.string(), service),
    volumes: z.record(z.string(), z.null()),
    secrets: z.record(z.string(), z.object({ file: z.string() })),
  })
  .parse(parse(read('compose.yaml'), { merge: true }));
const { bot, worker, mongodb, 'mongodb-prepared': prepared } = compose.services;
const ours = [bot, worker].filter((one) => one !== undefined);

/** Instructions of the Dockerfile, each with its words, continued lines joined. */
const instructions = read('Dockerfile')
  .replace(/\\\n\s*/gu, ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/\s+/u));
const named = (name: string) => instructions.filter(([first]) => first === name).map(([, ...rest]) => rest);
const lastStage = instructions.slice(instructions.findLastIndex(([first]) => first === 'FROM'));

describe('compose.yaml', () => {
  test('bot and worker have settings that there are, and that are accepted with the address of its database', () => {
    expect(ours.map(({ environment }) => environment.CWSYNC_ROLE)).toEqual(['bot', 'worker']);
    for (const { environment, env_file } of ours) {
      expect(Object.keys(environment).filter((name) => !settingNames.includes(name))).toEqual([]);
      expect(env_file).toEqual(['.env', 'secrets/mongodb.env']);
      const uri = {
        MONGODB_URI: 'mongodb://cwsync:abc@mongodb:27017/cwsync?replicaSet=rs0&authSource=cwsync',
      };
      expect(readConfig({ ...environment, ...uri, CONNECTWISE_COMPANY_ID: 'acme' })).toMatchObject({
        ok: true,
      });
    }
  });

  test('what is ours can write to a volume and /tmp alone, and nothing of it is open to other machines', () => {
    for (const one of [...ours, prepared]) {
      expect(one).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        image: `cwsync:${packageJson.version}`,
      });
    }
    const open = Object.values(compose.services).flatMap(({ ports }) => ports);
    expect(open).toEqual(['127.0.0.1:3000:3000']);
    for (const { volumes } of ours) expect(volumes).toEqual(['data:/data']);
  });

  test('every volume, secret and service that is used is there, and every one that is there is used', () => {
    const all = Object.values(compose.services);
    const used = new Set(all.flatMap(({ volumes }) => volumes.map((one) => one.split(':')[0])));
    expect(used).toEqual(new Set(Object.keys(compose.volumes)));
    expect(new Set(all.flatMap(({ secrets }) => secrets))).toEqual(new Set(Object.keys(compose.secrets)));
    for (const name of all.flatMap(({ depends_on }) => Object.keys(depends_on))) {
      expect(compose.services).toHaveProperty(name);
    }
  });

  test('the server has access control as a member of the set that is made of it', () => {
    expect(mongodb?.command).toEqual(expect.arrayContaining(['--replSet', 'rs0', '--keyFile']));
    expect(mongodb?.environment).toHaveProperty('MONGO_INITDB_ROOT_PASSWORD_FILE');
    const script = read(prepared?.entrypoint?.[1] ?? '');
    expect(script).toContain("_id: 'rs0'");
    for (const name of Object.keys(prepared?.environment ?? {})) expect(script).toContain(name);
    const files = Object.values({ ...prepared?.environment, ...mongodb?.environment });
    const mounted = files
      .filter((value) => value.startsWith('/run/secrets/'))
      .map((file) => path.basename(file));
    expect(mounted.filter((name) => !(name in compose.secrets))).toEqual([]);
  });
});

describe('deploy/make-secrets.sh', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cwsync-secrets-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const make = () => execFileSync('sh', [path.join(folder, 'deploy/make-secrets.sh')], { encoding: 'utf8' });
  const made = () =>
    readdirSync(path.join(folder, 'secrets')).map((name) => [
      name,
      readFileSync(path.join(folder, 'secrets', name), 'utf8'),
    ]);

  test('makes each secret of compose.yaml once, and an address that is accepted; nobody else may look in', async () => {
    await cp(path.join(root, 'deploy'), path.join(folder, 'deploy'), { recursive: true });
    make();
    const first = made();
    const files = Object.values(compose.secrets).map(({ file }) => path.basename(file));
    expect(first.map(([name]) => name).toSorted()).toEqual([...files, 'mongodb.env'].toSorted());
    expect(new Set(first.map(([, text]) => text)).size).toBe(4);
    expect(statSync(path.join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    const [, uri = ''] = /^MONGODB_URI=(.+)$/mu.exec(Object.fromEntries(first)['mongodb.env']) ?? [];
    expect(readConfig({ MONGODB_URI: uri })).toMatchObject({ ok: true, config: { mongodbUri: uri } });
    make();
    expect(made()).toEqual(first);
  });
});

describe('Dockerfile', () => {
  test('the Node of package.json in both stages, and no package for development', () => {
    expect(named('ARG')).toEqual([[`NODE_IMAGE=node:${packageJson.dependencies.node}-bookworm-slim`]]);
    expect(named('FROM').map(([image]) => image?.slice(1))).toEqual(['{NODE_IMAGE}', '{NODE_IMAGE}']);
    expect(named('RUN').map((words) => words.slice(0, 3).join(' '))).toContain('npm ci --omit=dev');
  });

  test('runs as a user who is not root, with a health check, and with every file that it names', () => {
    expect(lastStage.findLast(([name]) => name === 'USER')).toEqual(['USER', 'node']);
    expect(named('HEALTHCHECK')).toHaveLength(1);
    const copied = named('COPY')
      .filter(([first]) => !first?.startsWith('--from'))
      .flatMap((words) => words.slice(0, -1));
    expect(copied.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    const scripts = [...read('Dockerfile').matchAll(/[\w-]+\/[\w-]+\.mjs/gu)].map(([file]) => file);
    expect(scripts.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  test('what it copies is all that is sent to the builder', () => {
    const lines = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const copied = named('COPY')
      .filter(([first]) => !first?.startsWith('--from'))
      .flatMap((words) => words.slice(0, -1));
    expect(lines[0]).toBe('*');
    expect(lines.slice(1).toSorted()).toEqual(copied.map((file) => `!${file}`).toSorted());
  });

  test('its settings are accepted', () => {
    const pairs = named('ENV').flatMap((words) => words.map((word) => word.split('=')));
    expect(readConfig(Object.fromEntries(pairs))).toMatchObject({ ok: true });
    const unknown = pairs
      .map(([name = '']) => name)
      .filter((name) => name.startsWith('CWSYNC') && !settingNames.includes(name));
    expect(unknown).toEqual([]);
  });
});
