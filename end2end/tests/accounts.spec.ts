import { PASSWORD, Person } from '../support/people';
import { expect, test } from '../support/test';

test('a new name shows to others at once', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await ana.threadWith(ben);
  const hers = await signedIn(ana);
  const his = await signedIn(ben, '/settings');

  await his.page.getByLabel('Name', { exact: true }).fill('Benedict Okafor');
  await his.page.getByRole('button', { name: 'Save name' }).click();

  await expect(hers.row('Benedict Okafor')).toBeVisible();
});

test('a changed password ends the other sessions and is asked for from then on', async ({ complaints, people, server, signedIn, stranger }) => {
  complaints.expect(/401 \(Unauthorized\).*\/api\/fn\/sign_in/);
  const ben = await people.get('ben');
  const elsewhere = await signedIn(await Person.signIn(server, ben.username, ben.name));
  const here = await signedIn(ben, '/settings');

  await here.page.getByLabel('Current password').fill(PASSWORD);
  await here.page.getByLabel('New password').fill('a different password');
  await here.page.getByRole('button', { name: 'Change password' }).click();

  await expect(elsewhere.page).toHaveURL(/\/sign-in/);
  const desk = await stranger('/sign-in');
  await desk.page.getByLabel('Username').fill(ben.username);
  await desk.page.getByLabel('Password').fill(PASSWORD);
  await desk.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(desk.page.getByRole('alert')).toBeVisible();
  await desk.page.getByLabel('Password').fill('a different password');
  await desk.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(desk.threads).toBeVisible();
});

test('signing out everywhere closes every tab and device', async ({ people, server, signedIn }) => {
  const ben = await people.get('ben');
  const here = await signedIn(ben, '/settings');
  const tab = await here.newTab('/');
  const elsewhere = await signedIn(await Person.signIn(server, ben.username, ben.name));

  await here.page.getByRole('button', { name: 'Sign out everywhere' }).click();

  for (const desk of [here, tab, elsewhere]) await expect(desk.page).toHaveURL(/\/sign-in/);
});

test('an admin deactivates an account, and its tabs close', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  await ana.threadWith(ben);
  const his = await signedIn(ben);
  const hers = await signedIn(ana, '/admin');

  await hers.page.getByRole('button', { name: `Deactivate ${ben.name}` }).click();

  await expect(his.page).toHaveURL(/\/sign-in/);
});

test('somebody else’s thread looks like one that does not exist', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  const theirs = await signedIn('chidi', `/threads/${thread}`);
  const nowhere = await signedIn('chidi', '/threads/01890000-0000-7000-8000-000000000000');

  const main = (desk: typeof theirs) => desk.page.getByRole('main').innerText();
  expect(await main(theirs)).toBe(await main(nowhere));
});
