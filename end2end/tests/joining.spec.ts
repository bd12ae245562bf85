import { PASSWORD } from '../support/people';
import { expect, test } from '../support/test';

test('the link on the console makes the owner, once', async ({ complaints, server, stranger }) => {
  complaints.expect(/410 \(Gone\).*\/api\/fn\/set_up/);
  const desk = await stranger(server.setUpPath);
  await desk.page.getByLabel('Your name').fill('Ana Torres');
  await desk.page.getByLabel('Username').fill('ana');
  await desk.page.getByLabel('Password').fill(PASSWORD);
  await desk.page.getByRole('button', { name: 'Create account' }).click();
  await expect(desk.threads).toBeVisible();

  const late = await stranger(server.setUpPath);
  await late.page.getByLabel('Your name').fill('Somebody Else');
  await late.page.getByLabel('Username').fill('else');
  await late.page.getByLabel('Password').fill(PASSWORD);
  await late.page.getByRole('button', { name: 'Create account' }).click();
  await expect(late.page.getByRole('alert')).toBeVisible();
});

test('an invite link lets one person join', async ({ people, stranger }) => {
  const link = await (await people.get('ana')).invite();
  const desk = await stranger(link);
  await desk.page.getByLabel('Your name').fill('Ben Okafor');
  await desk.page.getByLabel('Username').fill('ben');
  await desk.page.getByLabel('Password').fill(PASSWORD);
  await desk.page.getByRole('button', { name: 'Create account' }).click();
  await expect(desk.threads).toBeVisible();

  const late = await stranger(link);
  await expect(late.page.getByRole('heading', { name: 'This link can\'t be used' })).toBeVisible();
});

test('signing in asks for the right password', async ({ complaints, people, stranger }) => {
  complaints.expect(/401 \(Unauthorized\).*\/api\/fn\/sign_in/);
  const ana = await people.get('ana');
  const desk = await stranger('/');
  await expect(desk.page).toHaveURL(/\/sign-in/);

  await desk.page.getByLabel('Username').fill(ana.username);
  await desk.page.getByLabel('Password').fill('not her password');
  await desk.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(desk.page.getByRole('alert')).toBeVisible();

  await desk.page.getByLabel('Password').fill(PASSWORD);
  await desk.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(desk.threads).toBeVisible();
});

test('an admin makes an invite link and can revoke it', async ({ signedIn, stranger }) => {
  const desk = await signedIn('ana', '/admin');
  await desk.page.getByRole('button', { name: 'Create invite link' }).click();
  const link = await desk.page.getByLabel('Link for one person, shown only now').inputValue();
  await desk.page.getByRole('button', { name: 'Revoke' }).click();
  await expect(desk.page.getByRole('button', { name: 'Revoke' })).toHaveCount(0);

  const late = await stranger(new URL(link).pathname);
  await expect(late.page.getByRole('heading', { name: 'This link can\'t be used' })).toBeVisible();
});
