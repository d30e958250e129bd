/** The container: what opens, what does not, and that every fault has its name. */
import { Encrypter, Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, test } from 'vitest';
import { openBackup, sealBackup } from '../../../src/lib/backup/age.ts';
import { BackupError, type BackupErrorCode } from '../../../src/lib/backup/error.ts';
import { MAX_FILE_BYTES } from '../../../src/lib/backup/frames.ts';
import { concat, equalBytes, fromUtf8, utf8 } from '../../../src/lib/bytes.ts';
import { seeded } from '../../support/random.ts';

const PASSPHRASE = 'cinq mots, é compris';
const plain = seeded('age')(100_000);
const sealed = (): Promise<Uint8Array> => sealBackup(plain, PASSPHRASE, 1);

async function expectRefused(
  file: Uint8Array,
  code: BackupErrorCode,
  passphrase = PASSPHRASE
): Promise<void> {
  await expect(openBackup(file, passphrase)).rejects.toMatchObject({ constructor: BackupError, code });
}

test('opens under the same words, however they are composed, and under no others', async () => {
  const file = await sealed();
  expect(equalBytes(await openBackup(file, PASSPHRASE.normalize('NFD')), plain)).toBe(true);
  await expectRefused(file, 'passphrase', `${PASSPHRASE} `);
  await expectRefused(file, 'passphrase', '');
});

test('is an age file, which other tools open; its work for a passphrase is 2^17', async () => {
  const file = await sealBackup(utf8('words'), PASSPHRASE);
  expect(fromUtf8(file.subarray(0, 22))).toBe('age-encryption.org/v1\n');
  expect(/^-> scrypt \S{22} 17$/m.test(Buffer.from(file).toString('latin1'))).toBe(true);
  const decrypter = new Decrypter();
  decrypter.addPassphrase(PASSPHRASE);
  expect(await decrypter.decrypt(file, 'text')).toBe('words');
});

describe('refused before anything is computed', () => {
  const work = async (factor: string): Promise<Uint8Array> =>
    Buffer.from(
      Buffer.from(await sealed())
        .toString('latin1')
        .replace(/ 1\n/, ` ${factor}\n`),
      'latin1'
    );

  test.each(['19', '20', '22', '99', '100', '0', '01', '-1', '1e9'])(
    'a work factor of %s',
    async (factor) => {
      await expectRefused(await work(factor), 'unknown');
    }
  );

  test('what is no age file, or is for somebody’s key', async () => {
    await expectRefused(new Uint8Array(0), 'unknown');
    await expectRefused(utf8('age-encryption.org/v1\n'), 'unknown');
    await expectRefused(utf8('PNG'.repeat(1_000)), 'unknown');
    const forKey = new Encrypter();
    forKey.addRecipient(await identityToRecipient(await generateIdentity()));
    await expectRefused(await forKey.encrypt(plain), 'unknown');
  });

  test('what is too large', async () => {
    await expectRefused(new Uint8Array(MAX_FILE_BYTES + 1), 'large');
  });
});

test('cut anywhere, prolonged or changed anywhere: the passphrase does not fit, or it is damaged', async () => {
  const file = await sealed();
  const header = Buffer.from(file).indexOf('--- ') + 48;
  for (let i = 0; i < 60; i++) {
    const at = i < 30 ? i * 6 : Math.floor((file.length * i) / 60);
    const changed = file.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(openBackup(changed, PASSPHRASE), `byte ${at.toString()}`).rejects.toBeInstanceOf(
      BackupError
    );
    await expectRefused(file.subarray(0, at), at < header ? 'unknown' : 'damaged');
  }
  await expectRefused(concat(file, Uint8Array.of(0)), 'damaged');
});
