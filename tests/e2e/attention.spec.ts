/** What calls somebody who is not looking: notifications, the badge, the title, the dot on the tab. */
import type { Page } from 'playwright/test';
import { inOffline } from '../support/offline.ts';
import { expect, forgetChoices, inConversation, test, type Person } from '../support/pair.ts';

/** The page as it was made, with the browser's own answers, in a profile that has chosen nothing. */
test.afterEach(async ({ alice, bob }) => {
  await forgetChoices(alice);
  await alice.open();
  await inConversation(alice, bob);
});

interface Shown {
  readonly title: string;
  readonly body: string;
}

const shown = ({ page }: Person): Promise<Shown[]> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ title, body }) => ({ title, body }));
  });

/** The person looks at something else: what the page would hear of it, and nothing more. */
async function look(page: Page, at: boolean): Promise<void> {
  await page.evaluate((focused) => {
    document.hasFocus = () => focused;
    dispatchEvent(new Event(focused ? 'focus' : 'blur'));
  }, at);
}

async function openConversation(person: Person): Promise<void> {
  await person.open();
  await inOffline(person.page);
  await person.conversations.click();
  await expect(person.composer).toBeVisible();
}

test('Notify me, in the menu: then “New message” for who does not look, without a word of it, until it is read', async ({
  alice,
  bob
}) => {
  await alice.context.grantPermissions(['notifications']);
  await openConversation(alice);
  await alice.expectStatus('Connected');
  await alice.page.getByRole('button', { name: 'Conversation menu' }).click();
  await alice.page.getByRole('menuitem', { name: 'Notify me' }).click();

  await bob.write('seen at once');
  await alice.expectMessage('seen at once');
  expect(await shown(alice)).toEqual([]);

  await look(alice.page, false);
  await bob.write('a secret word');
  await expect.poll(() => shown(alice)).toEqual([{ title: 'Aparté', body: 'New message' }]);
  await bob.write('and another');
  await expect.poll(() => shown(alice)).toEqual([{ title: 'Aparté', body: '2 new messages' }]);
  await expect(alice.page).toHaveTitle('(1) Aparté');
  await expect(alice.page.locator('link[rel="icon"]')).toHaveAttribute('href', '/favicon-unread.svg');

  await look(alice.page, true);
  await expect.poll(() => shown(alice)).toEqual([]);
  await expect(alice.page).toHaveTitle('Aparté');
  await expect(alice.page.locator('link[rel="icon"]')).toHaveAttribute('href', '/favicon.svg');
});

test('a notification that is chosen opens its conversation, in the page that is there', async ({
  alice,
  bob
}) => {
  await alice.context.grantPermissions(['notifications']);
  await alice.open('/settings');
  await inOffline(alice.page);
  const toggle = alice.page.getByRole('checkbox', { name: 'Tell me when somebody writes' });
  await toggle.click();
  await expect(toggle).toBeChecked();
  await alice.page.getByRole('checkbox', { name: 'Show who writes' }).check();
  await look(alice.page, false);
  await bob.write('come back');
  await expect.poll(() => shown(alice)).toEqual([{ title: 'Bob', body: 'New message' }]);
  const [worker] = alice.context.serviceWorkers();
  await worker?.evaluate(async () => {
    // This runs in the service worker, whose types are not those of a page.
    const scope = self as unknown as {
      readonly registration: ServiceWorkerRegistration;
      readonly NotificationEvent: new (type: string, options: { notification: Notification }) => Event;
      dispatchEvent(event: Event): boolean;
    };
    const [notification] = await scope.registration.getNotifications();
    if (notification) scope.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification }));
  });
  await look(alice.page, true);
  await alice.expectMessage('come back');
  await expect.poll(() => shown(alice)).toEqual([]);
  await alice.open('/settings');
  await alice.page.getByRole('checkbox', { name: 'Show who writes' }).uncheck();
  await toggle.click();
  await expect(toggle).not.toBeChecked();
});

test('the badge is the number of unread conversations', async ({ alice, bob }) => {
  // Only what the operating system would draw.
  const drawn = await alice.page.addInitScript(() => {
    const badges: number[] = [];
    Object.assign(window, { badges });
    navigator.setAppBadge = (count = 0) => Promise.resolve(void badges.push(count));
    navigator.clearAppBadge = () => Promise.resolve(void badges.push(0));
  });
  const badge = (): Promise<number | undefined> =>
    alice.page.evaluate(() => (window as unknown as { badges: number[] }).badges.at(-1));
  await alice.open();
  await expect.poll(badge).toBe(0);
  await bob.write('one', 'two');
  await expect.poll(badge).toBe(1);
  await alice.conversations.click();
  await expect.poll(badge).toBe(0);
  await drawn.dispose();
});

test('whoever writes to somebody who is away hears when it leaves, and is asked once whether to be told of the answer', async ({
  alice,
  bob
}) => {
  await alice.context.clearPermissions();
  const unasked = await alice.page.addInitScript(() => {
    Object.defineProperty(Notification, 'permission', { configurable: true, value: 'default' });
    Notification.requestPermission = () => Promise.resolve('denied');
  });
  await openConversation(alice);
  await bob.page.goto('about:blank');
  await alice.expectStatus('Waiting');
  const line = alice.page.getByText('It leaves as soon as you are both here.');
  await expect(line).toHaveCount(0);
  await alice.write('are you there');
  await expect(line).toBeVisible();
  await alice.page.getByRole('button', { name: 'Notify me' }).click();
  await expect(alice.page.getByRole('button', { name: 'Notify me' })).toHaveCount(0);
  await expect(line).toBeVisible();
  await expect(alice.page.getByText('The browser does not allow it.')).toBeVisible();
  await bob.open();
  await bob.conversations.click();
  await bob.expectMessage('are you there');
  await expect(line).toHaveCount(0);
  await unasked.dispose();
});
