// Every word the page itself says, in the language of the person one acts as.

const WORDS = {
  en: {
    actingAs: "Acting as", channels: "Channels", direct: "Direct messages", admin: "admin", guest: "guest",
    botHere: (n) => (n > 1 ? `Bot connected (${n} connections)` : "Bot connected"), botGone: "Bot not connected",
    pageGone: "Reconnecting to the sandbox…",
    message: (name) => `Message ${name}`, reply: "Reply…", thread: "Thread", replies: (n) => (n === 1 ? "1 reply" : `${n} replies`),
    lastReply: (when) => `last reply ${when}`, replyInThread: "Reply in thread", edit: "Edit", remove: "Delete", save: "Save", cancel: "Cancel",
    onlyYou: "Only visible to you", edited: "(edited)", app: "APP", today: "Today", yesterday: "Yesterday", newMessages: "New",
    join: "Join channel", notMember: "You are not in this channel.", addBot: "Add footnote", botAbsent: "footnote is not in this channel, so it hears nothing here.",
    empty: (name) => `This is the very beginning of ${name}.`, emptyDm: "Ask a question. Answers come with their sources.",
    messagesTab: "Messages", homeTab: "Home", noHome: "The bot has not published a Home tab yet.",
    stop: "Stop", stopped: "Stopped", expired: "This stream ended before the bot finished it.", writing: "writing…",
    send: "Send", close: "Close", menu: "Channels", submit: "Submit", tombstone: "This message was deleted.",
    unknownBlock: (type) => `This page cannot show a block of type “${type}”.`, image: (alt) => `Image not loaded: ${alt}`,
    also: "Also send to the channel", noCommandsInThreads: "Slash commands do not work in threads. Use the channel's own box.",
    failed: (error) => `That did not work: ${error}`, timeout: "The bot did not answer in 3 seconds.", newChoice: "Choose…",
    hint: "Enter sends, Shift+Enter starts a new line", sentToChannel: "replied to a thread", feedback: "Was this useful?",
    keepTrying: "We had some trouble connecting. Try again?", optional: "(optional)", prompts: "Try one of these", members: (n) => `${n} members`,
  },
  ko: {
    actingAs: "지금 사용자", channels: "채널", direct: "다이렉트 메시지", admin: "관리자", guest: "게스트",
    botHere: (n) => (n > 1 ? `봇 연결됨 (연결 ${n}개)` : "봇 연결됨"), botGone: "봇이 연결되어 있지 않음",
    pageGone: "샌드박스에 다시 연결하는 중…",
    message: (name) => `${name}에 메시지 보내기`, reply: "답글…", thread: "스레드", replies: (n) => `답글 ${n}개`,
    lastReply: (when) => `마지막 답글 ${when}`, replyInThread: "스레드에서 답글", edit: "수정", remove: "삭제", save: "저장", cancel: "취소",
    onlyYou: "나에게만 표시", edited: "(수정됨)", app: "앱", today: "오늘", yesterday: "어제", newMessages: "새 메시지",
    join: "채널 참여", notMember: "아직 이 채널에 참여하지 않았습니다.", addBot: "footnote 추가", botAbsent: "footnote가 이 채널에 없어서 여기 글을 볼 수 없습니다.",
    empty: (name) => `${name}의 첫 부분입니다.`, emptyDm: "궁금한 것을 물어보세요. 답에는 출처가 함께 표시됩니다.",
    messagesTab: "메시지", homeTab: "홈", noHome: "봇이 아직 홈 탭을 게시하지 않았습니다.",
    stop: "중지", stopped: "중지됨", expired: "봇이 끝내기 전에 스트림이 종료되었습니다.", writing: "작성 중…",
    send: "보내기", close: "닫기", menu: "채널 목록", submit: "제출", tombstone: "삭제된 메시지입니다.",
    unknownBlock: (type) => `이 페이지는 “${type}” 블록을 표시할 수 없습니다.`, image: (alt) => `이미지를 불러오지 않음: ${alt}`,
    also: "채널에도 보내기", noCommandsInThreads: "스레드에서는 슬래시 명령을 쓸 수 없습니다. 채널 입력창을 사용하세요.",
    failed: (error) => `처리하지 못했습니다: ${error}`, timeout: "봇이 3초 안에 응답하지 않았습니다.", newChoice: "선택…",
    hint: "Enter로 보내고 Shift+Enter로 줄을 바꿉니다", sentToChannel: "스레드에 답글을 남겼습니다", feedback: "도움이 되었나요?",
    keepTrying: "연결에 문제가 있습니다. 다시 시도해 보세요.", optional: "(선택 사항)", prompts: "이렇게 물어보세요", members: (n) => `멤버 ${n}명`,
  },
};

let language = "en";

export function speak(locale) {
  language = locale?.startsWith("ko") ? "ko" : "en";
  document.documentElement.lang = language;
}

export function say(name, ...given) {
  const word = WORDS[language][name];
  return typeof word === "function" ? word(...given) : word;
}

export function locale() {
  return language === "ko" ? "ko-KR" : "en-US";
}
