// The scripted app (see script.py) on unmodified @slack/bolt and @slack/web-api.
//
// It is told what to do by lines of JSON on stdin, {"id", "routine", "given"}, and answers each with a line on
// stdout, {"id", "result"} or {"id", "error"}; {"heard": [kind, body]} comes by itself.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import bolt from "@slack/bolt";
import { LogLevel } from "@slack/web-api";

const { App, Assistant, SocketModeReceiver } = bolt;
const surfaces = JSON.parse(readFileSync(new URL("./surfaces.json", import.meta.url), "utf8"));
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const { SLACK_API_URL: slackApiUrl, SLACK_BOT_TOKEN: token, SLACK_APP_TOKEN: appToken } = process.env;
const signingSecret = process.env.SLACK_SIGNING_SECRET;
const overSocketMode = !signingSecret;
const clientOptions = { slackApiUrl };
const logLevel = LogLevel.ERROR;

function socketModeReceiver() {
  // clientPingTimeout is also the unit of what the client waits before it connects again; 5 s if not given.
  return new SocketModeReceiver({ appToken, clientPingTimeout: 1000, logLevel, installerOptions: { clientOptions } });
}

const transport = overSocketMode ? { receiver: socketModeReceiver() } : { signingSecret };
const app = new App({ token, clientOptions, logLevel, ...transport });

app.use(async ({ body, next }) => {
  print({ heard: [body.event?.type ?? body.type ?? "slash_command", body] });
  await next();
});

// --- events ---------------------------------------------------------------------------------------------------

app.event("app_mention", async ({ event, say, client, context }) => {
  const asked = event.text.replace(/<@\w+>/, "").trim();
  const thread_ts = event.thread_ts ?? event.ts;
  if (asked !== "stream") {
    await say({ text: `heard: ${asked}`, thread_ts });
    return;
  }
  const stream = client.chatStream({
    channel: event.channel,
    thread_ts,
    recipient_team_id: context.teamId,
    recipient_user_id: event.user,
    buffer_size: 4,
  });
  await stream.append({ markdown_text: "**one** " });
  const task = { type: "task_update", id: "t1", title: "Looking" };
  await stream.append({ chunks: [{ ...task, status: "in_progress" }] });
  await stream.append({ chunks: [{ ...task, status: "complete" }] });
  await stream.append({ markdown_text: "two" });
  await stream.stop({ blocks: surfaces.feedback });
});

app.message(async ({ message, say }) => {
  if (message.channel_type !== "im" || message.bot_id) return;
  if (message.subtype === "file_share") await say(`file: ${message.files[0].name}`);
  if (!message.subtype) await say(`dm: ${message.text}`);
});

app.event("message", async ({ event, client }) => {
  if (event.subtype !== "message_changed" || event.message.bot_id) return;
  await client.reactions.add({ channel: event.channel, timestamp: event.message.ts, name: "pencil2" });
});

app.event("app_home_opened", async ({ event, client }) => {
  if (event.tab === "home") await client.views.publish({ user_id: event.user, view: surfaces.home });
});

app.event("member_joined_channel", async ({ event, say }) => {
  await say(`welcome <@${event.user}>`);
});

// Bolt's own assistant: it takes the threads of direct messages, with the older assistant_view.
app.assistant(
  new Assistant({
    threadStarted: async ({ say, setSuggestedPrompts, saveThreadContext }) => {
      await saveThreadContext();
      await say("How can I help?");
      await setSuggestedPrompts({ title: "Ask", prompts: [{ title: "Leave", message: "How many days?" }] });
    },
    userMessage: async ({ message, say, setStatus, setTitle, getThreadContext }) => {
      await setTitle(message.text);
      await setStatus("is thinking...");
      const { channel_id } = await getThreadContext();
      await say(`answer: ${message.text}, asked from ${channel_id}`);
    },
  }),
);

// --- interactions ---------------------------------------------------------------------------------------------

app.command("/footnote", async ({ command, ack, respond, client }) => {
  if (command.text === "note") {
    await ack();
    await client.views.open({ trigger_id: command.trigger_id, view: surfaces.note });
    return;
  }
  await ack(`you said ${command.text}`);
  await respond({ text: "first" });
  await respond({ text: "second", replace_original: true });
  await respond({ text: "for all", response_type: "in_channel" });
});

app.action("feedback", async ({ ack, body, action, client }) => {
  await ack();
  await client.chat.postEphemeral({
    channel: body.channel.id,
    user: body.user.id,
    thread_ts: body.message.thread_ts,
    text: `thanks: ${action.value}`,
  });
});

app.action("more", async ({ ack, body, client }) => {
  await ack();
  await client.views.push({ trigger_id: body.trigger_id, view: surfaces.second });
});

app.options("colour", async ({ options, ack }) => {
  const colours = ["red", "green", "grey"].filter((colour) => colour.startsWith(options.value));
  await ack({ options: colours.map((colour) => ({ text: { type: "plain_text", text: colour }, value: colour })) });
});

app.view("note", async ({ ack, view, body, client }) => {
  const note = view.state.values.note.text.value;
  if (note.length < 3) {
    await ack({ response_action: "errors", errors: { note: "at least 3 characters" } });
    return;
  }
  await ack({ response_action: "update", view: surfaces.saved });
  const colour = view.state.values.colour.colour.selected_option?.value ?? "none";
  await client.chat.postMessage({ channel: body.user.id, text: `note: ${note}, colour: ${colour}` });
});

app.view("second", async ({ ack }) => ack());
app.view({ callback_id: "second", type: "view_closed" }, async ({ ack }) => ack());

app.shortcut("write_note", async ({ ack, shortcut, client }) => {
  await ack();
  await client.views.open({ trigger_id: shortcut.trigger_id, view: surfaces.note });
});

app.shortcut("keep_message", async ({ ack, shortcut, client }) => {
  await ack();
  const { channel, message } = shortcut;
  await client.chat.postMessage({ channel: channel.id, thread_ts: message.ts, text: `kept: ${message.text}` });
});

// --- routines: what the test asks for directly ----------------------------------------------------------------

const routines = {
  async call({ method, ...given }) {
    try {
      return await app.client.apiCall(method, given);
    } catch (refused) {
      if (!refused.data) throw refused;
      return refused.data;
    }
  },
  async page_history({ channel, limit }) {
    const texts = [];
    for await (const page of app.client.paginate("conversations.history", { channel, limit })) {
      texts.push(page.messages.map((message) => message.text));
    }
    return texts;
  },
  async page_users({ limit }) {
    const names = [];
    for await (const page of app.client.paginate("users.list", { limit })) {
      names.push(page.members.map((member) => member.name));
    }
    return names;
  },
  async upload({ channel, thread_ts, name, content }) {
    const done = await app.client.filesUploadV2({
      channel_id: channel,
      thread_ts,
      filename: name,
      content,
      initial_comment: "here",
    });
    return done.files[0].files[0].id;
  },
};

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const { id, routine, given } = JSON.parse(line);
    try {
      print({ id, result: (await routines[routine](given)) ?? null });
    } catch (error) {
      print({ id, error: error.stack });
    }
  })
  .on("close", () => process.exit(0));

const server = await app.start(0);
print({ ready: overSocketMode ? "" : `http://127.0.0.1:${server.address().port}/slack/events` });
