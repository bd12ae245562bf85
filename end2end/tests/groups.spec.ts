import { expect, test } from '../support/test';

const notice = (text: string) => new RegExp(`^${text} ·`);

test('a group is made from the page where people are found, and everybody in it sees it at once', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const hers = await signedIn(ana, '/people');
  const his = await signedIn(ben);

  await hers.page.getByRole('link', { name: 'New group' }).click();
  await hers.page.getByLabel('Name', { exact: true }).fill('Night shift');
  await hers.page.getByRole('button', { name: `Choose ${ben.name}`, exact: true }).click();
  await hers.page.getByLabel('Search people').fill('chi');
  await hers.page.getByRole('button', { name: `Choose ${chidi.name}`, exact: true }).click();
  await expect(hers.page.getByRole('list', { name: 'Chosen people' }).getByRole('listitem')).toHaveText([ben.name, chidi.name]);
  await hers.page.getByRole('button', { name: 'Make group with 2 people' }).click();

  await expect(hers.page).toHaveURL(/\/threads\//);
  await expect(hers.page.getByRole('heading', { name: 'Night shift' })).toBeVisible();
  await expect(hers.messages.getByText(notice('You created this group'))).toBeVisible();
  await his.row('Night shift').getByRole('link').click();
  await expect(his.messages.getByText(notice(`${ana.name} created this group`))).toBeVisible();
  await his.say('Who has the keys?');
  await expect(hers.message('Who has the keys?')).toBeVisible();
  await expect(hers.messages.getByText(ben.name, { exact: true }), 'who speaks is named').toBeVisible();
});

test('a group without a name or without people is not made, and says what is missing', async ({ people, signedIn }) => {
  await people.get('ben');
  const hers = await signedIn('ana', '/groups/new');
  const make = hers.page.getByRole('button', { name: 'Make group' });
  const name = hers.page.getByLabel('Name', { exact: true });

  await name.fill('   ');
  await make.click();
  await expect(hers.page.getByRole('alert')).toHaveText('Name is empty.');
  await expect(name).toBeFocused();
  await name.fill('Night shift');
  await make.click();
  await expect(hers.page.getByRole('alert')).toHaveText('A group needs somebody else. Choose at least one person.');
  await expect(hers.page).toHaveURL(/\/groups\/new/);
});

test('members are added, made admins, and removed after a question', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const chidi = await people.get('chidi');
  const group = await ana.groupWith([ben], 'Night shift', 'all');
  const hers = await signedIn(ana, `/threads/${group}`);
  const his = await signedIn(chidi);

  await hers.page.getByRole('link', { name: 'Group details' }).click();
  const members = hers.page.getByRole('list', { name: 'Members' }).getByRole('listitem');
  await expect(members).toHaveCount(2);
  await hers.page.getByRole('button', { name: 'Add people' }).click();
  await hers.page.getByRole('button', { name: `Choose ${chidi.name}`, exact: true }).click();
  await hers.page.getByRole('button', { name: 'Add to group' }).click();
  await expect(members).toHaveCount(3);
  await expect(his.row('Night shift')).toBeVisible();

  await hers.page.getByLabel(`Role of ${ben.name}`).selectOption('Admin');
  await expect(members.filter({ hasText: ben.name })).toContainText('Admin');

  await hers.page.getByRole('button', { name: `Remove ${chidi.name}` }).click();
  const question = hers.page.getByRole('dialog', { name: `Remove ${chidi.name}?` });
  await hers.page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(members).toHaveCount(3);
  await hers.page.getByRole('button', { name: `Remove ${chidi.name}` }).click();
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(members).toHaveCount(2);

  await hers.page.getByLabel('Name', { exact: true }).fill('Day shift');
  await hers.page.getByRole('button', { name: 'Rename' }).click();
  await hers.page.getByRole('link', { name: 'Back' }).click();
  for (const text of [`You added ${chidi.name}`, `You made ${ben.name} an admin`, `You removed ${chidi.name}`, 'You renamed this group to “Day shift”']) {
    await expect(hers.messages.getByText(notice(text))).toBeVisible();
  }
});

test('whoever is removed keeps only what the group leaves them, and gets nothing more', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const kept = await ana.groupWith([ben, chidi], 'Kept', 'all');
  const unkept = await ana.groupWith([ben, chidi], 'Unkept', 'from_joining');
  for (const group of [kept, unkept]) await ana.say(group, 'Said before.');
  const his = await signedIn(ben, `/threads/${kept}`);
  const other = await his.newTab(`/threads/${unkept}`);
  for (const desk of [his, other]) await expect(desk.message('Said before.')).toBeVisible();

  for (const group of [kept, unkept]) {
    await ana.remove(group, ben);
    await ana.say(group, 'Said after.');
  }

  await expect(his.page.getByText('You are no longer in this group. You keep what was said until then.')).toBeVisible();
  await expect(his.message('Said before.')).toBeVisible();
  await expect(his.field).toBeHidden();
  await expect(other.page.getByText('You are no longer in this group', { exact: true })).toBeVisible();
  await expect(other.row('Unkept')).toBeHidden();
  for (const desk of [his, other]) {
    await desk.page.reload();
    await desk.live();
    await expect(desk.page.getByText('Said after.')).toHaveCount(0);
  }
  await expect(his.message('Said before.')).toBeVisible();
  await expect(other.page.getByText('Said before.')).toHaveCount(0);
});

test('leaving asks first, and hands the group over', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const group = await ana.groupWith([ben], 'Night shift', 'from_joining');
  const hers = await signedIn(ana, `/threads/${group}/group`);
  const his = await signedIn(ben, `/threads/${group}`);

  await hers.page.getByRole('button', { name: 'Leave group' }).click();
  const question = hers.page.getByRole('dialog', { name: 'Leave “Night shift”?' });
  await expect(question).toContainText(`${ben.name} will own the group.`);
  await question.getByRole('button', { name: 'Leave' }).click();

  await expect(hers.page).toHaveURL(/\/$/);
  await expect(hers.row('Night shift')).toBeHidden();
  await expect(his.messages.getByText(notice(`${ana.name} left`))).toBeVisible();
  await expect(his.messages.getByText(notice(`${ana.name} made you an owner`))).toBeVisible();
});

test('one sees who has read a message and who has not, and who types', async ({ people, signedIn }) => {
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const group = await ana.groupWith([ben, chidi], 'Night shift');
  const hers = await signedIn(ana, `/threads/${group}`);
  const his = await signedIn(ben, `/threads/${group}`);
  await hers.say('Who has the keys?');
  await expect(his.message('Who has the keys?')).toBeVisible();

  const mark = hers.page.getByRole('button', { name: 'Read by 1 of 2' });
  await mark.press('Enter');
  const details = hers.page.getByRole('dialog', { name: 'Message details' });
  await expect(details.getByRole('list', { name: 'Read', exact: true }).getByRole('listitem')).toHaveText([new RegExp(ben.name)]);
  await expect(details.getByRole('list', { name: 'Not delivered yet' }).getByRole('listitem')).toHaveText([new RegExp(chidi.name)]);
  await details.getByRole('button', { name: 'Close' }).click();
  await expect(details).toHaveCount(0);
  await expect(mark).toBeFocused();

  const third = await signedIn(chidi, `/threads/${group}`);
  await expect(hers.page.getByRole('button', { name: 'Read by everybody' })).toBeVisible();
  await his.field.pressSequentially('I do');
  await third.field.pressSequentially('Not me');
  await expect(hers.typing).toHaveText(/^(Ben Okafor and Chidi Eze|Chidi Eze and Ben Okafor) are typing…$/);
});

test('a group that one has left offers nothing that could not be done any more', async ({ people, signedIn }) => {
  const [ana, ben] = [await people.get('ana'), await people.get('ben')];
  const group = await ana.groupWith([ben], 'Day shift', 'all');
  await ana.say(group, 'The keys are in the drawer.');
  const his = await signedIn(ben, `/threads/${group}`);
  await his.page.getByRole('button', { name: 'Thread options', exact: true }).click();
  const menu = his.page.getByRole('menu');
  await expect(menu.getByRole('menuitem', { name: 'Archive' })).toBeVisible();
  await his.page.keyboard.press('Escape');
  await ana.remove(group, ben);
  await expect(his.page.getByText('You are no longer in this group.')).toBeVisible();
  await his.page.getByRole('button', { name: 'Thread options', exact: true }).click();
  await expect(menu.getByRole('menuitem')).toHaveText(['Group details']);
  await menu.getByRole('menuitem').click();
  await expect(his.page).toHaveURL(new RegExp(`/threads/${group}/group$`));
});
