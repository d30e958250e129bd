import { expect, test } from '../support/app.ts';
import { inOffline } from '../support/offline.ts';

test('the app can be installed: Chromium has nothing against it', async ({ person }) => {
  const alice = await person('Alice');
  await alice.open();
  await inOffline(alice.page);
  const session = await alice.context.newCDPSession(alice.page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // In-memory profiles can install nothing; everything else would be ours.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
  const { data, errors } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(data).toContain('"display": "standalone"');
});

test('the manifest names its icons, any and maskable, and every one of them is there', async ({
  person,
  server
}) => {
  const alice = await person('Alice');
  await alice.open();
  const response = await alice.context.request.get(`${server.origin}/manifest.webmanifest`);
  expect(response.headers()['content-type']).toBe('application/manifest+json');
  const manifest = (await response.json()) as {
    name: string;
    start_url: string;
    theme_color: string;
    icons: { src: string; sizes: string; purpose: string }[];
    shortcuts: { url: string; icons: { src: string; sizes: string; purpose: string }[] }[];
  };
  expect(manifest.name).toBe('Aparté');
  expect(new Set(manifest.icons.map(({ purpose }) => purpose))).toEqual(
    new Set(['any', 'maskable', 'monochrome'])
  );
  for (const { src, sizes } of [...manifest.icons, ...manifest.shortcuts.flatMap(({ icons }) => icons)]) {
    const size = await alice.page.evaluate(async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      return `${String(image.naturalWidth)}x${String(image.naturalHeight)}`;
    }, src);
    expect(size, src).toBe(sizes);
  }
  const start = await alice.context.request.get(server.origin + manifest.start_url);
  expect(start.status()).toBe(200);
});

test('the shortcut of the installed app leads straight to a new link', async ({ person, server }) => {
  const alice = await person('Alice');
  const response = await alice.context.request.get(`${server.origin}/manifest.webmanifest`);
  const { shortcuts } = (await response.json()) as { shortcuts: { url: string }[] };
  await alice.page.goto(server.origin + (shortcuts[0]?.url ?? ''));
  await expect(alice.page.getByRole('textbox', { name: 'Invitation link' })).toHaveValue(/#[\w-]{78}$/);
  await expect(alice.page).toHaveURL(`${server.origin}/`);
});

test('the frame of the window has the colour of the page, light and dark', async ({ person }) => {
  const alice = await person('Alice');
  await alice.open();
  for (const scheme of ['light', 'dark'] as const) {
    await alice.page.emulateMedia({ colorScheme: scheme });
    const theme = alice.page.locator(`meta[name="theme-color"][media*="${scheme}"]`);
    const wanted = await theme.getAttribute('content');
    const painted = await alice.page.evaluate((colour) => {
      const probe = document.createElement('span');
      probe.style.color = colour ?? '';
      document.body.append(probe);
      const named = getComputedStyle(probe).color;
      probe.remove();
      const page = [document.body, document.documentElement].map(
        (element) => getComputedStyle(element).backgroundColor
      );
      return { named, page };
    }, wanted);
    expect(painted.page).toContain(painted.named);
  }
});
