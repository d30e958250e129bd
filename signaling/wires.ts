/**
 * The connections to Redis or Valkey, and what a single server and a cluster do differently. Cluster: sharded pub/sub, so
 * that each of its servers carries its share; one of them lost and replaced is the library's matter, all of them ours.
 */
import slotOf from 'cluster-key-slot';
import { Cluster, Redis } from 'ioredis';
import type { TopicKey } from './relay.ts';

/** Before the topic; 1 is the version of what is said on it. */
const CHANNEL = 'aparte:1:';
const CONNECT_MS = 3_000;
/** How often it is asked whether it lives, and how long it may think: a machine that is gone closes nothing. */
export const PROOF_MS = 2_000;
/** Of the topic, in a cluster: 4,096 groups, each of which one server has. */
const GROUP_CHARACTERS = 2;

const OPTIONS = { connectTimeout: CONNECT_MS, disableClientInfo: true, connectionName: 'aparte' } as const;
/** Nothing comes back by itself. */
const ONCE = { ...OPTIONS, lazyConnect: true, retryStrategy: null, autoResubscribe: false } as const;

export interface Wires {
  channelOf(topic: TopicKey): string;
  subscribe(channels: string[]): Promise<unknown>;
  unsubscribe(channels: string[]): Promise<unknown>;
  publish(channel: string, message: Buffer): Promise<unknown>;
  /** How many connections listen to each. */
  count(channels: string[]): Promise<Map<string, number>>;
  prove(): Promise<unknown>;
  onMessage(listener: (channel: Buffer, message: Buffer) => void): void;
  onEnd(listener: () => void): void;
  end(): void;
}

/** @throws when nobody is there */
export async function openWires(url: string): Promise<Wires> {
  // Each command in its time, or the connection counts as dead.
  const commands = quiet(new Redis(url, { ...ONCE, commandTimeout: PROOF_MS }));
  try {
    await commands.connect();
    if (/^cluster_enabled:1/m.test(await commands.info('cluster'))) {
      commands.disconnect();
      return await openCluster(url);
    }
    const subscriber = quiet(new Redis(url, ONCE));
    await subscriber.connect();
    return serverWires(commands, subscriber);
  } catch (error) {
    commands.disconnect();
    throw error;
  }
}

function serverWires(commands: Redis, subscriber: Redis): Wires {
  const end = (): void => {
    commands.disconnect();
    subscriber.disconnect();
  };
  return {
    channelOf: (topic) => CHANNEL + topic,
    subscribe: (channels) => subscriber.subscribe(...channels),
    unsubscribe: (channels) => subscriber.unsubscribe(...channels),
    publish: (channel, message) => commands.publish(channel, message),
    count: async (channels) => pairs(await commands.pubsub('NUMSUB', ...channels)),
    prove: () => commands.ping(),
    onMessage: (listener) => subscriber.on('messageBuffer', listener),
    onEnd: (listener) => {
      for (const redis of [commands, subscriber]) {
        redis.once('end', () => {
          end();
          listener();
        });
      }
    },
    end
  };
}

async function openCluster(url: string): Promise<Wires> {
  const cluster = new Cluster([url], {
    lazyConnect: true,
    shardedSubscribers: true,
    clusterRetryStrategy: null,
    redisOptions: { ...OPTIONS, ...credentialsOf(url) }
  });
  cluster.on('error', () => undefined);
  // Its own promise stays open for ever when the cluster is there and not ready.
  await new Promise<void>((resolve, reject) => {
    cluster.once('ready', resolve);
    cluster.once('end', reject);
    cluster.connect().catch(reject);
  });
  const bySlot = (channels: readonly string[]): string[][] => [...grouped(channels, slotOf).values()];
  const byServer = (channels: readonly string[]): Map<string, string[]> =>
    grouped(channels, (channel) => cluster.slots[slotOf(channel)]?.[0] ?? '');
  return {
    // The braces say what the server is chosen by.
    channelOf: (topic) => `{${CHANNEL}${topic.slice(0, GROUP_CHARACTERS)}}:${topic}`,
    subscribe: (channels) => Promise.all(bySlot(channels).map((group) => cluster.ssubscribe(...group))),
    unsubscribe: (channels) => Promise.all(bySlot(channels).map((group) => cluster.sunsubscribe(...group))),
    publish: (channel, message) => cluster.spublish(channel, message),
    count: async (channels) => {
      const counted = [...byServer(channels)].map(async ([server, group]) => {
        const at = cluster
          .nodes('master')
          .find(({ options }) => server === `${options.host ?? ''}:${String(options.port)}`);
        return (await at?.call('PUBSUB', 'SHARDNUMSUB', ...group)) as unknown[] | undefined;
      });
      return pairs((await Promise.all(counted)).flat());
    },
    prove: () => cluster.ping(),
    onMessage: (listener) => cluster.on('smessageBuffer', listener),
    onEnd: (listener) => cluster.once('end', listener),
    end: () => {
      cluster.disconnect();
    }
  };
}

/** User, password and TLS of the URL are those of every server of the cluster. */
function credentialsOf(url: string) {
  const { username, password, protocol } = new URL(url);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {})
  };
}

/** Without a listener the library would write to the console. */
function quiet(redis: Redis): Redis {
  return redis.on('error', () => undefined);
}

/** channel, count, channel, count… */
function pairs(flat: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + 1 < flat.length; i += 2) counts.set(String(flat[i]), Number(flat[i + 1]));
  return counts;
}

function grouped<K>(items: readonly string[], keyOf: (item: string) => K): Map<K, string[]> {
  const groups = new Map<K, string[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

export function topicOf(channel: Buffer): TopicKey {
  const text = channel.toString('latin1');
  return text.slice(text.lastIndexOf(':') + 1);
}
