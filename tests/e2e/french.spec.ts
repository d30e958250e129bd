import { expect, test } from '../support/app.ts';

test.use({ locale: 'fr-FR' });

test('who reads French is spoken to in French, from the first page to the last word', async ({ person }) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.open();
  await expect(alice.page.locator('html')).toHaveAttribute('lang', 'fr');
  await expect(alice.page.getByText('Des mots dits à part, pour une seule oreille.')).toBeVisible();
  await alice.page.getByRole('button', { name: 'Nouvelle conversation' }).click();
  const link = alice.page.getByRole('textbox', { name: 'Lien d’invitation' });
  await expect(link).toHaveValue(/#/);
  await bob.page.goto(await link.inputValue());
  await expect(bob.page.getByRole('heading', { name: 'Quelqu’un voudrait vous dire un mot' })).toBeVisible();
  await bob.page.getByRole('textbox', { name: 'Votre nom (facultatif)' }).fill('Benoît');
  await bob.page.getByRole('button', { name: 'Rejoindre' }).click();

  await expect(alice.page.getByRole('heading', { name: 'Benoît' })).toBeVisible();
  await expect(alice.page.getByRole('status', { name: 'Connexion' })).toHaveText(/^\s*Connecté/);
  await alice.composer.fill('Bonsoir ! Ça va ?');
  await alice.page.getByRole('button', { name: 'Envoyer' }).click();
  await bob.expectMessage('Bonsoir ! Ça va ?');
  await expect(alice.message('Bonsoir ! Ça va ?').getByText('Lu', { exact: true })).toBeAttached();
  await alice.page.getByRole('button', { name: 'Minuteur d’autodestruction : désactivé' }).click();
  await alice.page.getByRole('menuitem', { name: '5 minutes' }).click();
  await expect(
    alice.log.getByText(
      'Vous avez réglé l’autodestruction : les nouveaux messages s’effacent 5 minutes après lecture.'
    )
  ).toBeVisible();
  // Nothing is left in English.
  const said = await alice.page.locator('body').innerText();
  for (const word of ['Message ', 'Connected', 'Someone', 'Search', 'Today', 'Read'])
    expect(said).not.toContain(word);
});

test('a language that is not spoken here is answered in English', async ({ person }) => {
  const alice = await person('Alice', { locale: 'ja-JP' });
  await alice.open();
  await expect(alice.page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(alice.page.getByRole('button', { name: 'New conversation' })).toBeVisible();
});
