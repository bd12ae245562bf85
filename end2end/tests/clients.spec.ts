import { expect, test } from '../support/test';

test('staff add, edit, find and archive a client', async ({ people, signedIn }) => {
  const desk = await signedIn(await people.get('ben'), '/clients');
  const { page } = desk;
  await page.getByRole('link', { name: 'Add client' }).click();
  await page.getByLabel('Name').fill('Harbour Clinic');
  await page.getByLabel('Reference').fill('HC-12');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('link', { name: /Harbour Clinic/ })).toBeVisible();

  await page.getByRole('link', { name: /Harbour Clinic/ }).click();
  await page.getByLabel('Name').fill('Harbour Clinic West');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.goto('/clients');
  await page.getByRole('searchbox').fill('west');
  await expect(page.getByRole('link', { name: /Harbour Clinic West/ })).toBeVisible();
  await page.getByRole('searchbox').fill('nowhere');
  await expect(page.getByRole('link', { name: /Harbour Clinic West/ })).toHaveCount(0);
});

test('a thread about a client shows it in the row and the header, and the list can be filtered by it', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const client = await ana.addClient('Harbour Clinic', 'HC-12');
  const about = await ana.threadWith(ben, client);
  await ana.threadWith(chidi);
  const hers = await signedIn(ana, `/threads/${about}`);

  await expect(hers.row(ben.name)).toContainText('Harbour Clinic');
  await expect(hers.page.getByRole('banner').or(hers.page.getByRole('main')).getByText('Harbour Clinic').first()).toBeVisible();

  await hers.threads.getByRole('searchbox').fill('harbour');
  await expect(hers.row(ben.name)).toBeVisible();
  await expect(hers.row(chidi.name)).toHaveCount(0);
});

test('the same two people have one internal thread and one for each client', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const client = await ana.addClient('Harbour Clinic');
  const internal = await ana.threadWith(ben);
  const about = await ana.threadWith(ben, client);
  expect(about).not.toBe(internal);
  expect(await ana.threadWith(ben)).toBe(internal);
  expect(await ben.threadWith(ana, client)).toBe(about);

  const hers = await signedIn(ana);
  await expect(hers.threads.getByRole('listitem')).toHaveCount(2);
});

test('a thread begins with a search for a person', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const hers = await signedIn(ana, '/people');
  await hers.page.getByRole('searchbox').fill('oka');
  await hers.page.getByRole('button', { name: new RegExp(ben.name) }).click();

  await expect(hers.page).toHaveURL(/\/threads\//);
  await hers.say('A new beginning.');
  await expect(hers.row(ben.name)).toContainText('A new beginning.');
});
