import { expect, test } from '../support/test';

test('staff add, edit, find and archive a client', async ({ people, signedIn }) => {
  const desk = await signedIn(await people.get('ben'), '/clients');
  const { page } = desk;
  const record = page.getByRole('list', { name: 'Clients' }).getByRole('link', { name: /Harbour Clinic/ });
  const search = page.getByRole('searchbox', { name: 'Search clients' });
  await page.getByText('Add client').first().click();
  await page.getByLabel('Name', { exact: true }).fill('Harbour Clinic');
  await page.getByLabel('Reference').fill('HC-12');
  await page.getByRole('button', { name: 'Add client' }).click();
  await expect(record).toContainText('HC-12');

  await record.click();
  await page.getByLabel('Name', { exact: true }).fill('Harbour Clinic West');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Harbour Clinic West');

  await page.goto('/clients');
  await desk.live();
  await search.fill('west');
  await expect(record).toHaveCount(1);
  await search.fill('nowhere');
  await expect(record).toHaveCount(0);
  await search.fill('');

  await record.click();
  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByRole('button', { name: 'Bring back' })).toBeVisible();
  await page.goto('/clients');
  await expect(page.getByText('No clients found')).toBeVisible();
  await desk.live();
  await page.getByLabel('Show archived').check();
  await expect(record).toContainText('Archived');
});

test('a thread about a client shows it in the row and the header, and the list can be filtered by it', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const client = await ana.addClient('Harbour Clinic', 'HC-12');
  const about = await ana.threadWith(ben, client);
  await ana.threadWith(chidi);
  const hers = await signedIn(ana, `/threads/${about}`);

  await expect(hers.row(ben.name)).toContainText('Harbour Clinic');
  await expect(hers.page.getByRole('main').getByRole('link', { name: 'Client: Harbour Clinic' })).toBeVisible();

  await hers.threads.getByLabel('Client', { exact: true }).selectOption('Harbour Clinic');
  await expect(hers.row(ben.name)).toBeVisible();
  await expect(hers.row(chidi.name)).toHaveCount(0);
  await hers.threads.getByLabel('Client', { exact: true }).selectOption('Internal');
  await expect(hers.row(ben.name)).toHaveCount(0);
  await hers.threads.getByLabel('Client', { exact: true }).selectOption('All clients');
  await hers.threads.getByRole('searchbox').fill('chi');
  await expect(hers.row(chidi.name)).toBeVisible();
  await expect(hers.row(ben.name)).toHaveCount(0);
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
  await hers.page.getByRole('searchbox', { name: 'Search people' }).fill('oka');
  await hers.page.getByRole('button', { name: `Write to ${ben.name}` }).click();

  await expect(hers.page).toHaveURL(/\/threads\//);
  await hers.say('A new beginning.');
  await expect(hers.row(ben.name)).toContainText('A new beginning.');
});
