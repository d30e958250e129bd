/** What can be seen of somebody after a test has failed: the pictures and traces of a machine far away are gone. */
import type { TestInfo } from 'playwright/test';
import type { Person } from './person.ts';

const FRAMES = 24;

/** Prints it; nothing for a test that is well. */
export async function tellAftermath(info: TestInfo, people: readonly Person[]): Promise<void> {
  if (info.errors.length === 0) return;
  for (const person of people)
    console.log(await aftermath(person).catch((reason: unknown) => String(reason)));
}

async function aftermath({ name, page, frames }: Person): Promise<string> {
  const seen = await page.evaluate(() => {
    const texts = (selector: string): string[] =>
      [...document.querySelectorAll(selector)].map((element) =>
        element.textContent.replace(/\s+/g, ' ').trim()
      );
    return {
      path: location.pathname,
      told: texts('[role="status"], [role="alert"], dialog h2').filter((text) => text !== ''),
      rows: texts('[role="log"] article').slice(-3)
    };
  });
  const now = Date.now();
  const exchanged = frames
    .slice(-FRAMES)
    .map(
      ({ way, payload, at }) => `${((now - at) / 1_000).toFixed(1)} s ago ${way} ${String(payload.length)}`
    );
  return [`${name} after it:`, JSON.stringify(seen), ...exchanged].join('\n  ');
}
