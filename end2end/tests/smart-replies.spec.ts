import { expect, test } from '../support/test';

test('replies are suggested to whoever turned them on, and are sent only by hand', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const thread = await ana.threadWith(ben);
  await ana.say(thread, 'Could you bring the folder, please?');
  const his = await signedIn(ben, `/threads/${thread}`);
  const suggestions = his.page.getByRole('list', { name: 'Suggested replies' });
  await expect(his.message('Could you bring the folder, please?')).toBeVisible();
  await expect(suggestions).toHaveCount(0);

  await his.page.getByRole('link', { name: 'Settings' }).click();
  const choice = his.page.getByRole('radio', { name: 'On', exact: true });
  await expect(his.page.getByRole('radio', { name: 'Off', exact: true })).toBeChecked();
  await choice.check();
  await expect(his.page.getByText('Replies are suggested above the message field from now on.')).toBeVisible();
  await his.page.goto(`/threads/${thread}`);

  const one = suggestions.getByRole('button', { name: "I'm on it." });
  await expect(suggestions.getByRole('button')).toHaveCount(3);
  await one.click();
  await expect(his.field).toHaveValue("I'm on it.");
  await expect(his.field).toBeFocused();
  await expect(his.messages.getByText("I'm on it.")).toHaveCount(0);

  await his.field.press('Enter');
  await expect(his.message("I'm on it.")).toBeVisible();
  await expect(suggestions.getByRole('button')).toHaveCount(0);
});
