import { PASSWORD } from '../support/people';
import { expect, test } from '../support/test';

test('a thread is readable without scripts', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, 'Readable without any script.');
  const hers = await signedIn(ana, `/threads/${thread}`, { javaScriptEnabled: false });

  await expect(hers.message('Readable without any script.')).toBeVisible();
  await expect(hers.row(ben.name)).toBeVisible();
});

test('a thread is readable where the WASM does not arrive', async ({ complaints, people, server, stranger }) => {
  complaints.expect(/wasm|Failed to (fetch|load)|net::ERR_FAILED/i);
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ben.say(thread, 'Readable before the program.');
  const hers = await stranger('/sign-in', { storageState: await ana.api.storageState() });
  await hers.page.route('**/*.wasm', (route) => route.abort());
  await hers.page.goto(`${server.url}/threads/${thread}`);

  await expect(hers.message('Readable before the program.')).toBeVisible();
});

test('signing in works without scripts', async ({ people, stranger }) => {
  const ana = await people.get('ana');
  const desk = await stranger('/sign-in', { javaScriptEnabled: false });
  await desk.page.getByLabel('Username').fill(ana.username);
  await desk.page.getByLabel('Password').fill(PASSWORD);
  await desk.page.getByRole('button', { name: 'Sign in' }).click();

  await expect(desk.threads).toBeVisible();
});

test('without scripts, a wrong password leads back to the form, which says so', async ({ complaints, people, stranger }) => {
  complaints.expect(/401/);
  const ana = await people.get('ana');
  const desk = await stranger('/sign-in', { javaScriptEnabled: false });
  await desk.page.getByLabel('Username').fill(ana.username);
  await desk.page.getByLabel('Password').fill('not her password');
  await desk.page.getByRole('button', { name: 'Sign in' }).click();

  await expect(desk.page.getByRole('alert')).toHaveText('The username or the password is wrong. Check both and try again.');
  await expect(desk.page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});
