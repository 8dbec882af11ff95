// English.

const count = (number, one, many) => (number === 1 ? `1 ${one}` : `${number} ${many}`);

export default {
  // the frame
  skip: "Skip to the message box", menu: "Channels", conversation: "Conversation", settings: "Settings", close: "Close",
  back: "Back", cancel: "Cancel", save: "Save", choose: "Choose…", search: "Search", options: "Options", views: "Views",
  "theme-system": "Theme: as the system", "theme-light": "Theme: light", "theme-dark": "Theme: dark",
  languageOfPerson: "Language of the person", english: "English", korean: "한국어",

  // sidebar
  actingAs: "Acting as", channels: "Channels", direct: "Direct messages", admin: "admin", guest: "guest",
  stranger: "another company", privateChannel: "Private channel", unreadCount: (n) => `${n} unread`,
  botHere: (n) => (n > 1 ? `Bot connected (${n} connections)` : "Bot connected"), botGone: "Bot not connected",
  pageGone: "Reconnecting to the sandbox…", faults: "Faults and traffic",
  newGroup: "New message to people", whoWith: "People", startGroup: "Start", groupHint: (n) => `Two to ${n} people.`,
  jumpTitle: "Jump to", jumpTo: "Channel or person",

  // people
  app: "APP", guestBadge: "Guest", strangerBadge: "External", connectBadge: "Slack Connect",
  connectNote: (names) => `Shared with another company by Slack Connect: ${names} can read this.`,
  members: (n) => count(n, "member", "members"),

  // conversation
  message: (name) => `Message ${name}`, reply: "Reply…", send: "Send", attach: "Attach files",
  attachedFiles: "Attached files", also: "Also send to the channel",
  hint: "Enter sends, Shift+Enter starts a new line", suggestions: "Suggestions", shortcuts: "Shortcuts",
  notHere: "not in this channel", notifiesAll: "notifies everybody here",
  noCommandsInThreads: "Slash commands do not work in threads. Use the channel's own box.",
  empty: (name) => `This is the very beginning of ${name}.`,
  emptyDm: "Ask a question. Answers come with their sources.",
  join: "Join channel", notMember: "You are not in this channel.",
  addBot: (name) => `Add ${name}`, botAbsent: (name) => `${name} is not in this conversation, so it hears nothing here.`,
  prompts: "Try one of these", messagesTab: "Messages", homeTab: "Home",
  noHome: "The bot has not published a Home tab yet.",
  today: "Today", yesterday: "Yesterday", justNow: "just now", newMessages: "New",

  // messages
  messageBy: (who, when) => `${who}, ${when}`, said: (who, what) => `${who}: ${what}`,
  messageActions: "Message actions", moreActions: "More actions", addReaction: "Add reaction",
  reactWith: (name) => `React with ${name}`, reacted: (names, emoji) => `${names} reacted with ${emoji}`,
  replyInThread: "Reply in thread", replies: (n) => count(n, "reply", "replies"),
  lastReply: (when) => `Last reply ${when}`, sentToChannel: "replied to a thread",
  edit: "Edit message", edited: "(edited)", remove: "Delete message", removeTitle: "Delete message",
  removeText: "Do you want to delete this message? This cannot be undone.",
  copyLink: "Copy link", linkCopied: "Link copied", tombstone: "This message was deleted.",
  onlyYou: "Only visible to you", writing: "is writing…", stop: "Stop", stopped: "Stopped",
  expired: "This stream ended before the bot finished it.",
  thread: "Thread", rename: "Rename", sessionTitle: "Title",

  // files
  download: "Download", downloadFile: (name) => `Download ${name}`, fileDeleted: "This file was deleted.",
  emptyFile: "An empty file cannot be sent.",
  take: (name) => `Remove ${name}`,

  // blocks
  cannotDraw: (type) => `“${type}” cannot be drawn here.`,
  image: (alt) => (alt ? `Image not loaded: ${alt}` : "Image not loaded"),
  optional: "(optional)", plainOnly: "Formatting is not available here: this is sent as plain text.",
  typeToSearch: "Type to search", nothingFound: "Nothing found",
  troubleConnecting: "We had some trouble connecting. Try again?",

  // keys
  keys: "Keyboard shortcuts", keySend: "Send the message", keyNewLine: "Start a new line",
  keyEditLast: "In an empty box: edit your last message", keyComplete: "Complete people, channels and commands",
  keyJump: "Jump to a channel or person", keySwitch: "Previous or next channel", keyClose: "Close what is on top",
  keyKeys: "Show these keys",

  // faults
  faultsTitle: "Faults and traffic", activeFaults: "Active now", noFaults: "Nothing goes wrong on purpose.",
  makeFault: "Make something go wrong", trigger: "Trigger", switchOn: "Switch on", lift: "Lift", standing: "stays on",
  untilLifted: "until lifted", usesLeft: (n) => count(n, "use left", "uses left"), everyMethod: "every method",
  overHttp: "Events go over HTTP",
  waitingFor: (n) => (n ? `Waiting for ${count(n, "acknowledgement", "acknowledgements")}` : "Nothing waits"),
  deliveries: "Sent to the bot", apiCalls: "Web API calls of the bot", time: "Time", sent: "Sent", outcome: "Outcome",
  method: "Method", nothingYet: "Nothing yet.", waitingAck: "waiting", acknowledged: "acknowledged",
  retryNumber: (n) => `retry ${n}`,

  failed: (error) => `That did not work: ${error}`,
  errors: {
    operation_timeout: "The bot did not answer in time. Nothing was changed.",
    no_text: "Write something first.", msg_too_long: "That message is too long.",
    not_in_channel: "You are not in this channel.", channel_not_found: "There is no such channel for you.",
    message_not_found: "That message is gone.", thread_not_found: "That thread is gone.",
    cant_update_message: "Only its author can edit a message.", not_enough_users: "Choose at least two people.",
    too_many_users: "Choose fewer people.", file_too_large: "That file is too large.",
    file_upload_size_restricted: "That file is too large.", action_not_found: "The bot offers this no longer.",
    not_found: "That window is closed already.",
  },
};
