import { afterAll, beforeAll, describe, test } from 'vitest';
import { MemoryHub } from '../../signaling/backplane.ts';
import { redisBackplane } from '../../signaling/redis.ts';
import { findRedis, MISSING, RedisServer } from '../support/redis.ts';
import { backplaneContract } from './backplane.ts';

describe('nodes of one process', () => {
  test.each(backplaneContract)('$name', async ({ run }) => {
    const hub = new MemoryHub();
    await run({
      open: hub.open,
      setUp: (up) => {
        hub.setUp(up);
        return Promise.resolve();
      }
    });
  });
});

const program = findRedis();
if (program === null) console.warn(MISSING);

describe.skipIf(program === null).each([
  ['a Redis', false],
  ['a Redis cluster, sharded', true]
])('nodes and %s', (_name, cluster) => {
  const redis = new RedisServer(program ?? '', { cluster });
  beforeAll(() => redis.start());
  afterAll(() => redis.remove());

  test.each(backplaneContract)('$name', async ({ run }) => {
    await run({
      open: redisBackplane(redis.url),
      setUp: (up) => (up ? redis.start() : redis.kill())
    });
  });
});
